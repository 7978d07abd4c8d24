"""Write one ad in every channel and keep those within their limits: `python examples/api_client.py [ADDRESS]`."""

from __future__ import annotations

import sys

from gradio_client import Client

BRIEF = {
    "product": "Lowtide, a waterproof notebook that takes pencil in the rain",
    "audience": "People who sail",
    "call_to_action": "Order a sample page",
    "variants": 1,
}


def main(address: str) -> None:
    """Print each ad, or what is wrong with it."""
    client = Client(address, verbose=False)
    for channel in ("search_ad", "social_post", "email", "poster"):
        brief = {**BRIEF, "channel": channel}
        ad = client.submit(form="ad_copy", brief=brief, max_tokens=200, seed=1, api_name="/write").result()
        findings = client.predict(form="ad_copy", text=ad, brief=brief, api_name="/check")
        broken = [finding["message"] for finding in findings if finding["level"] == "fail"]
        print(f"--- {channel}\n{ad}\n" + "\n".join(f"! {message}" for message in broken))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860")
