"""Train a voice on your pages: `python examples/train_voice.py FORM NAME RIGHTS FILE...`, with the playground running.

RIGHTS is mine, public_domain or licensed.
"""

from __future__ import annotations

import sys
import time

from gradio_client import Client, handle_file

ADDRESS = "http://127.0.0.1:7860"
UNDER_WAY = ("waiting", "starting", "training", "finishing")


def main(form: str, name: str, rights: str, files: list[str]) -> None:
    """Print how the training goes, and at the end what it was worth."""
    client = Client(ADDRESS, verbose=False)
    asked = {"files": [handle_file(file) for file in files], "form": form, "name": name}
    preview = client.predict(**asked, api_name="/preview_manuscript")
    print(f"{preview['words']} words in {len(preview['documents'])} documents", preview["problem"])
    training = client.predict(**asked, rights=rights, api_name="/train")
    job, told = client.predict(id=training, api_name="/job"), ""
    while job["state"] in UNDER_WAY:
        if job["message"] != told:
            print(told := job["message"])
        time.sleep(1)
        job = client.predict(id=training, api_name="/job")
    print(job["state"], job["message"], job["hint"])
    print("\n".join(job["report"].get("sentences", [])))


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
