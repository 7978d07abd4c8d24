"""Rows join, grow and leave a slab without touching each other."""

from __future__ import annotations

import torch

from creative.engines.cache import Past, Slab

CPU = torch.device("cpu")


def past_of(length: int, value: float) -> Past:
    keys = tuple(torch.full((1, 2, length, 4), value + layer * 100) for layer in range(2))
    return Past(keys, tuple(-layer for layer in keys))


def step(slab: Slab, values: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
    slab.open_step(CPU)
    for layer in range(2):
        new = torch.tensor(values).view(-1, 1, 1, 1).expand(-1, 2, 1, 4) + layer * 100
        keys, held = slab.update(new, -new, layer)
    slab.close_step()
    return keys, held


def test_each_row_keeps_its_own_past_through_joins_and_leaves() -> None:
    slab = Slab()
    slab.join(past_of(3, 1.0))
    slab.join(past_of(5, 2.0), past_of(5, 2.0))
    step(slab, [10.0, 20.0, 21.0])
    slab.leave(0)  # the last row moves into its slot
    assert slab.lengths == [6, 6]
    keys, values = step(slab, [30.0, 31.0])
    assert keys[0, 0, :, 0].tolist() == [102.0] * 5 + [121.0, 130.0]
    assert keys[1, 0, :, 0].tolist() == [102.0] * 5 + [120.0, 131.0]
    assert torch.equal(values, -keys)


def test_a_row_sees_its_past_and_nothing_beyond() -> None:
    slab = Slab()
    slab.join(past_of(2, 1.0))
    slab.join(past_of(4, 2.0))
    slab.open_step(CPU)
    seen = slab.mask(torch.float32)[:, 0, 0] == 0
    assert seen.tolist() == [[True, True, True, False, False], [True] * 5]
    near = slab.mask(torch.float32, window=2)[:, 0, 0] == 0
    assert near.tolist() == [[False, True, True, False, False], [False, False, False, True, True]]


def test_rows_that_leave_give_their_memory_back() -> None:
    slab = Slab()
    slab.join(past_of(300, 1.0))
    alone = slab.bytes_held
    for _ in range(15):
        slab.join(past_of(300, 1.0))
    full = slab.bytes_held
    assert full >= 16 * alone
    for _ in range(15):
        slab.leave(0)
    assert slab.bytes_held <= 2 * alone
    slab.leave(0)
    assert slab.bytes_held == 0


def test_a_step_that_failed_can_be_run_again() -> None:
    slab = Slab()
    slab.join(past_of(2, 1.0))
    slab.open_step(CPU)
    slab.update(torch.full((1, 2, 1, 4), 5.0), torch.full((1, 2, 1, 4), 5.0), 0)
    keys, _ = step(slab, [7.0])
    assert slab.lengths == [3]
    assert keys[0, 0, :, 0].tolist() == [101.0, 101.0, 107.0]


def test_drafted_tokens_that_are_not_kept_leave_no_trace() -> None:
    slab = Slab()
    slab.join(past_of(2, 1.0))
    slab.join(past_of(4, 2.0))
    slab.open_step(CPU, width=3)
    assert slab.positions().tolist() == [[2, 3, 4], [4, 5, 6]]
    seen = slab.mask(torch.float32)[0, 0] == 0
    assert seen.sum(-1).tolist() == [3, 4, 5]
    for layer in range(2):
        drafted = torch.arange(6.0).view(2, 1, 3, 1).expand(2, 2, 3, 4) + layer * 100
        slab.update(drafted, -drafted, layer)
    slab.close_step([2, 1])
    assert slab.lengths == [4, 5]
    keys, _ = step(slab, [50.0, 60.0])
    assert keys[0, 0, :5, 0].tolist() == [101.0, 101.0, 100.0, 101.0, 150.0]
    assert keys[1, 0, :6, 0].tolist() == [102.0] * 4 + [103.0, 160.0]


def test_a_prompt_slab_begins_with_what_was_read_before() -> None:
    read = Slab.for_prompt(5, past_of(3, 1.0))
    step(read, [7.0])
    past = read.past(0)
    assert past.length == 4
    assert past.keys[0][0, 0, :, 0].tolist() == [1.0, 1.0, 1.0, 7.0]
    assert past.begin(2).keys[1][0, 0, :, 0].tolist() == [101.0, 101.0]
