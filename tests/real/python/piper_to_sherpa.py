"""piper_to_sherpa.py VOICE TARGET: a voice as Piper's project ships it (VOICE.onnx, VOICE.onnx.json), with the metadata
that sherpa-onnx needs.
"""

import json
import os
import sys

import onnx
from onnx import helper


def main(voice, target):
    with open(f"{voice}.onnx.json", encoding="utf-8") as file:
        config = json.load(file)
    os.makedirs(target, exist_ok=True)
    model = onnx.load(f"{voice}.onnx")
    facts = {
        "model_type": "vits",
        "comment": "piper",
        "language": config["language"]["name_english"],
        "voice": config["espeak"]["voice"],
        "has_espeak": 1,
        "n_speakers": config["num_speakers"],
        "sample_rate": config["audio"]["sample_rate"],
    }
    helper.set_model_props(model, {name: str(fact) for name, fact in facts.items()})
    onnx.save(model, os.path.join(target, "model.onnx"))
    with open(os.path.join(target, "tokens.txt"), "w", encoding="utf-8") as file:
        file.writelines(f"{phoneme} {ids[0]}\n" for phoneme, ids in config["phoneme_id_map"].items())


if __name__ == "__main__":
    main(*sys.argv[1:])
