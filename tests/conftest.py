"""One hall with the real starter for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from creative.settings import Settings
from creative.studio import Studio


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One hall with the real starter."""
    torch.set_num_threads(1)
    studio = Studio(Settings(home=tmp_path_factory.mktemp("home")))
    yield studio
    studio.close()
