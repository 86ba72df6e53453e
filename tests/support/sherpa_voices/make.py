"""Makes the tiny voices of this folder: real graphs for sherpa-onnx that hum instead of speaking.

    pip install onnx && python make.py
"""
import onnx
from onnx import TensorProto as T
from onnx import helper as h

RATE = 16_000
# How long a token sounds, in samples.
TOKEN = 1_600


def model(path, nodes, inputs, outputs, constants, meta):
    graph = h.make_graph(
        nodes, "voice",
        [h.make_tensor_value_info(n, t, s) for n, t, s in inputs],
        [h.make_tensor_value_info(n, t, s) for n, t, s in outputs],
        [h.make_tensor(n, t, [len(v)] if isinstance(v, list) else [], v if isinstance(v, list) else [v])
         for n, t, v in constants],
    )
    made = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], ir_version=8)
    h.set_model_props(made, {k: str(v) for k, v in meta.items()})
    onnx.checker.check_model(made)
    onnx.save(made, path)


# A hum of 200 Hz, or 400 Hz of the second speaker, 100 ms a token where the length scale is 1.
model("vits/model.onnx", [
    h.make_node("Shape", ["x"], ["shape"]),
    h.make_node("Gather", ["shape", "second"], ["tokens"], axis=0),
    h.make_node("Cast", ["tokens"], ["count"], to=T.FLOAT),
    h.make_node("ReduceMax", ["length_scale"], ["scale"], keepdims=0),
    h.make_node("Mul", ["count", "scale"], ["scaled"]),
    h.make_node("Mul", ["scaled", "samples"], ["end"]),
    h.make_node("Range", ["start", "end", "step"], ["time"]),
    h.make_node("Cast", ["sid"], ["speaker"], to=T.FLOAT),
    h.make_node("Add", ["speaker", "ones"], ["pitch"]),
    h.make_node("Mul", ["time", "radians"], ["phase"]),
    h.make_node("Mul", ["phase", "pitch"], ["pitched"]),
    h.make_node("Sin", ["pitched"], ["wave"]),
    h.make_node("Mul", ["wave", "loudness"], ["sound"]),
    h.make_node("Unsqueeze", ["sound", "front"], ["y"]),
], [("x", T.INT64, ["N", "T"]), ("x_length", T.INT64, ["N"]), ("noise_scale", T.FLOAT, [1]),
    ("length_scale", T.FLOAT, [1]), ("noise_scale_w", T.FLOAT, [1]), ("sid", T.INT64, [1])],
    [("y", T.FLOAT, [1, 1, "S"])],
    [("second", T.INT64, 1), ("samples", T.FLOAT, float(TOKEN)), ("start", T.FLOAT, 0.0), ("step", T.FLOAT, 1.0),
     ("ones", T.FLOAT, [1.0]), ("radians", T.FLOAT, 2 * 3.14159265 * 200 / RATE), ("loudness", T.FLOAT, 0.3),
     ("front", T.INT64, [0, 1])],
    {"model_type": "vits", "comment": "a hum", "language": "Chinese", "sample_rate": RATE, "n_speakers": 2,
     "speaker_names": "low,high", "add_blank": 0, "punctuation": ", . ! ?"})

# Matcha's shape: the features of a token are its number of frames, and the vocoder hums over them.
model("matcha/model-steps-3.onnx", [
    h.make_node("Shape", ["x"], ["shape"]),
    h.make_node("Gather", ["shape", "second"], ["tokens"], axis=0),
    h.make_node("Unsqueeze", ["tokens", "front"], ["frames"]),
    h.make_node("Concat", ["head", "frames"], ["size"], axis=0),
    h.make_node("ConstantOfShape", ["size"], ["mel"]),
], [("x", T.INT64, ["N", "T"]), ("x_length", T.INT64, ["N"]), ("noise_scale", T.FLOAT, [1]),
    ("length_scale", T.FLOAT, [1])],
    [("mel", T.FLOAT, [1, 80, "F"])],
    [("second", T.INT64, 1), ("front", T.INT64, [0]), ("head", T.INT64, [1, 80])],
    {"model_type": "matcha-tts", "language": "Chinese", "sample_rate": RATE, "n_speakers": 1, "jieba": 1,
     "has_espeak": 0, "use_eos_bos": 0, "pad_id": 0, "version": 1})
model("matcha/hifigan.onnx", [
    h.make_node("Shape", ["mel"], ["shape"]),
    h.make_node("Gather", ["shape", "third"], ["frames"], axis=0),
    h.make_node("Cast", ["frames"], ["count"], to=T.FLOAT),
    h.make_node("Mul", ["count", "samples"], ["end"]),
    h.make_node("Range", ["start", "end", "step"], ["time"]),
    h.make_node("Mul", ["time", "radians"], ["phase"]),
    h.make_node("Sin", ["phase"], ["wave"]),
    h.make_node("Mul", ["wave", "loudness"], ["sound"]),
    h.make_node("Unsqueeze", ["sound", "front"], ["audio"]),
], [("mel", T.FLOAT, ["N", 80, "F"])], [("audio", T.FLOAT, [1, 1, "S"])],
    [("third", T.INT64, 2), ("samples", T.FLOAT, float(TOKEN)), ("start", T.FLOAT, 0.0), ("step", T.FLOAT, 1.0),
     ("radians", T.FLOAT, 2 * 3.14159265 * 200 / RATE), ("loudness", T.FLOAT, 0.3), ("front", T.INT64, [0, 1])],
    {"model_type": "hifigan"})

# Kokoro's shape, with two speakers of 4 rows of 2 numbers; it lacks eSpeak NG's data, so it is only looked at.
model("kokoro/model.onnx", [
    h.make_node("Cast", ["tokens"], ["count"], to=T.FLOAT),
    h.make_node("ReduceSum", ["style", "last"], ["styled"], keepdims=0),
    h.make_node("Mul", ["styled", "speed"], ["sped"]),
    h.make_node("Mul", ["count", "sped"], ["audio"]),
], [("tokens", T.INT64, [1, "T"]), ("style", T.FLOAT, [1, 2]), ("speed", T.FLOAT, [1])],
    [("audio", T.FLOAT, [1, "S"])],
    [("last", T.INT64, [1])],
    {"model_type": "kokoro", "language": "multi-lang", "has_espeak": 1, "sample_rate": RATE, "version": 2,
     "voice": "en-us", "style_dim": "4,1,2", "n_speakers": 2, "speaker_names": "af_low,zf_high"})
with open("kokoro/voices.bin", "wb") as file:
    file.write(bytes(4 * 4 * 1 * 2 * 2))
with open("kokoro/tokens.txt", "w", encoding="utf-8") as file:
    file.writelines(f"{sound} {index}\n" for index, sound in enumerate(",. niao↓"))
with open("kokoro/lexicon-zh.txt", "w", encoding="utf-8") as file:
    file.write("你 n i ↓\n好 a o ↓\n")

# Whoever says something else is not heard.
SOUNDS = ["sil", "eos", "n", "i3", "h", "ao3", "z", "ai4", "j", "ian4", ",", ".", "!", "?"]
WORDS = {"你": "n i3", "好": "h ao3", "再": "z ai4", "见": "j ian4"}
for folder in ("vits", "matcha"):
    with open(f"{folder}/tokens.txt", "w", encoding="utf-8") as file:
        file.writelines(f"{sound} {index}\n" for index, sound in enumerate(SOUNDS))
    with open(f"{folder}/lexicon.txt", "w", encoding="utf-8") as file:
        file.writelines(f"{word} {sounds}\n" for word, sounds in WORDS.items())
