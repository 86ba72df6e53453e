"""whisper_to_onnx.py FROM TO: Whisper as CTranslate2 holds it (FROM: model.bin, config.json, vocabulary.txt) becomes
what sherpa-onnx takes (TO: encoder.onnx, decoder.int8.onnx, tokens.txt). The graphs are written down node by node, so
that neither PyTorch nor the published checkpoint is needed: numpy, onnx and onnxruntime are enough.
"""

import base64
import json
import os
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

NUMPY_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
# LayerNormalization came with 17; sherpa-onnx's runtime knows more than that.
OPSET = 17
UNSEEN = np.float32(-1e9)


def read_weights(path):
    """Every tensor of a model.bin by its name; its aliases too."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0

    def number(kind):
        nonlocal at
        (value,) = struct.unpack_from("<" + kind, data, at)
        at += struct.calcsize("<" + kind)
        return value

    def text():
        nonlocal at
        length = number("H")
        value = data[at : at + length - 1].decode()
        at += length
        return value

    version, spec, _revision = number("I"), text(), number("I")
    if version != 6 or spec != "WhisperSpec":
        raise ValueError(f"{path} holds {spec} in version {version}; WhisperSpec in version 6 is known")
    weights = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = NUMPY_TYPES[number("B")], number("I")
        count = size // np.dtype(kind).itemsize
        weights[name] = np.frombuffer(data, kind, count, at).reshape(shape)
        at += size
    for _ in range(number("I")):
        alias = text()
        weights[alias] = weights[text()]
    return weights


class Graph:
    """Nodes and constants as they are written down; `op` gives the name of what a node puts out."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = {}
        self.heads = int(weights["encoder/num_heads"])

    def op(self, kind, *inputs, name=None, **attributes):
        name = name or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value, name=None):
        value = np.asarray(value)
        name = name or f"{value.dtype}_{value.tolist()}"
        self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def weight(self, name):
        return self.constant(self.weights[name].astype(np.float32), name)

    def ints(self, *values):
        return self.constant(np.array(values, np.int64))

    def norm(self, x, name):
        return self.op("LayerNormalization", x, self.weight(f"{name}/gamma"), self.weight(f"{name}/beta"), axis=-1)

    def linear(self, x, name, part=0, parts=1):
        """x times one of the equal parts that the rows of a weight hold."""
        weight = np.split(self.weights[f"{name}/weight"], parts)[part].astype(np.float32)
        bias = np.split(self.weights[f"{name}/bias"], parts)[part].astype(np.float32)
        product = self.op("MatMul", x, self.constant(np.ascontiguousarray(weight.T), f"{name}/weight/{part}"))
        return self.op("Add", product, self.constant(bias, f"{name}/bias/{part}"))

    def gelu(self, x):
        half = self.op("Mul", x, self.constant(np.float32(0.5)))
        error = self.op("Erf", self.op("Div", x, self.constant(np.float32(np.sqrt(2)))))
        return self.op("Mul", half, self.op("Add", error, self.constant(np.float32(1))))

    def attend(self, q, k, v, mask=None):
        width = self.weights["decoder/embeddings/weight"].shape[1]
        split = self.ints(0, 0, self.heads, width // self.heads)
        q, k, v = (self.op("Reshape", x, split) for x in (q, k, v))
        scale = self.constant(np.float32((width // self.heads) ** -0.5))
        q = self.op("Mul", self.op("Transpose", q, perm=[0, 2, 1, 3]), scale)
        scores = self.op("MatMul", q, self.op("Transpose", k, perm=[0, 2, 3, 1]))
        if mask is not None:
            scores = self.op("Add", scores, mask)
        heard = self.op("MatMul", self.op("Softmax", scores, axis=-1), self.op("Transpose", v, perm=[0, 2, 1, 3]))
        return self.op("Reshape", self.op("Transpose", heard, perm=[0, 2, 1, 3]), self.ints(0, 0, width))

    def feed_forward(self, x, name):
        inner = self.gelu(self.linear(self.norm(x, f"{name}/layer_norm"), f"{name}/linear_0"))
        return self.op("Add", x, self.linear(inner, f"{name}/linear_1"))

    def stack(self, layers, name):
        rows = [self.op("Unsqueeze", layer, self.ints(0)) for layer in layers]
        return self.op("Concat", *rows, axis=0, name=name)

    def model(self, inputs, outputs, properties=None):
        values = lambda shapes: [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in shapes]
        graph = helper.make_graph(
            self.nodes, "whisper", values(inputs), values(outputs), list(self.constants.values())
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        helper.set_model_props(model, {key: str(value) for key, value in (properties or {}).items()})
        return model


def layers_of(weights, side):
    return sum(name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight") for name in weights)


def encoder(weights, properties):
    """mel [N, 80, T] to the keys and values that each layer of the decoder looks at."""
    g = Graph(weights)
    x = "mel"
    for name, stride in (("conv1", 1), ("conv2", 2)):
        weight, bias = g.weight(f"encoder/{name}/weight"), g.weight(f"encoder/{name}/bias")
        x = g.gelu(g.op("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], strides=[stride]))
    x = g.op("Transpose", x, perm=[0, 2, 1])
    length = g.op("Slice", g.op("Shape", x), g.ints(1), g.ints(2))
    places = g.op("Slice", g.weight("encoder/position_encodings/encodings"), g.ints(0), length)
    x = g.op("Add", x, places)
    for index in range(layers_of(weights, "encoder")):
        name = f"encoder/layer_{index}"
        y = g.norm(x, f"{name}/self_attention/layer_norm")
        q, k, v = (g.linear(y, f"{name}/self_attention/linear_0", part, 3) for part in range(3))
        x = g.op("Add", x, g.linear(g.attend(q, k, v), f"{name}/self_attention/linear_1"))
        x = g.feed_forward(x, f"{name}/ffn")
    x = g.norm(x, "encoder/layer_norm")
    layers = layers_of(weights, "decoder")
    for part, name in enumerate(("n_layer_cross_k", "n_layer_cross_v")):
        looked_at = [g.linear(x, f"decoder/layer_{index}/attention/linear_1", part, 2) for index in range(layers)]
        g.stack(looked_at, name)
    width = weights["decoder/embeddings/weight"].shape[1]
    cross = [layers, "N", "T2", width]
    return g.model(
        [("mel", FLOAT, ["N", weights["encoder/conv1/weight"].shape[1], "T"])],
        [("n_layer_cross_k", FLOAT, cross), ("n_layer_cross_v", FLOAT, cross)],
        properties,
    )


def decoder(weights):
    """One step: `tokens` [N, n], of which `offset` came before, and what the layers remember of those."""
    g = Graph(weights)
    embeddings = g.weight("decoder/embeddings/weight")
    zero, one = g.constant(np.int64(0)), g.constant(np.int64(1))
    start = g.op("Squeeze", "offset")
    count = g.op("Gather", g.op("Shape", "tokens"), one)
    end = g.op("Add", start, count)
    places = g.op("Range", start, end, one)
    x = g.op("Gather", embeddings, "tokens")
    x = g.op("Add", x, g.op("Gather", g.weight("decoder/position_encodings/encodings"), places))
    seen = g.op("LessOrEqual", g.op("Range", zero, end, one), g.op("Unsqueeze", places, g.ints(1)))
    mask = g.op("Where", seen, g.constant(np.float32(0)), g.constant(UNSEEN))
    at_start, at_end = (g.op("Unsqueeze", place, g.ints(0)) for place in (start, end))
    context, width = weights["decoder/position_encodings/encodings"].shape
    layers = layers_of(weights, "decoder")
    memory = {"k": [], "v": []}
    for index in range(layers):
        name = f"decoder/layer_{index}"
        y = g.norm(x, f"{name}/self_attention/layer_norm")
        q, *new = (g.linear(y, f"{name}/self_attention/linear_0", part, 3) for part in range(3))
        both = []
        for kind, fresh in zip("kv", new):
            old = g.op("Gather", f"in_n_layer_self_{kind}_cache", g.constant(np.int64(index)), axis=0)
            past = g.op("Slice", old, g.ints(0), at_start, g.ints(1))
            rest = g.op("Slice", old, at_end, g.ints(context), g.ints(1))
            both.append(g.op("Concat", past, fresh, axis=1))
            memory[kind].append(g.op("Concat", past, fresh, rest, axis=1))
        x = g.op("Add", x, g.linear(g.attend(q, *both, mask), f"{name}/self_attention/linear_1"))
        q = g.linear(g.norm(x, f"{name}/attention/layer_norm"), f"{name}/attention/linear_0")
        cross = (g.op("Gather", f"n_layer_cross_{kind}", g.constant(np.int64(index)), axis=0) for kind in "kv")
        x = g.op("Add", x, g.linear(g.attend(q, *cross), f"{name}/attention/linear_2"))
        x = g.feed_forward(x, f"{name}/ffn")
    x = g.norm(x, "decoder/layer_norm")
    for kind, rows in memory.items():
        g.stack(rows, f"out_n_layer_self_{kind}_cache")
    # The embeddings stand first, so that they need not be held a second time the other way round.
    scores = g.op("MatMul", embeddings, g.op("Transpose", x, perm=[0, 2, 1]), name="scores")
    g.op("Transpose", scores, perm=[0, 2, 1], name="logits")
    own = [layers, "N", context, width]
    looked_at = [layers, "N", "T2", width]
    return g.model(
        [
            ("tokens", INT64, ["N", "n"]),
            ("in_n_layer_self_k_cache", FLOAT, own),
            ("in_n_layer_self_v_cache", FLOAT, own),
            ("n_layer_cross_k", FLOAT, looked_at),
            ("n_layer_cross_v", FLOAT, looked_at),
            ("offset", INT64, [1]),
        ],
        [
            ("logits", FLOAT, ["N", "n", weights["decoder/embeddings/weight"].shape[0]]),
            ("out_n_layer_self_k_cache", FLOAT, own),
            ("out_n_layer_self_v_cache", FLOAT, own),
        ],
    )


def properties_of(weights, vocabulary, config):
    """What sherpa-onnx reads out of the encoder."""
    ids = {token: index for index, token in enumerate(vocabulary)}
    languages = config["lang_ids"]
    sot = ids["<|startoftranscript|>"]
    mels, context = weights["encoder/conv1/weight"].shape[1], weights["encoder/position_encodings/encodings"].shape[0]
    vocab, width = weights["decoder/embeddings/weight"].shape
    heads = int(weights["encoder/num_heads"])
    return {
        "model_type": "whisper-base",
        "version": 1,
        "maintainer": "earshot",
        "n_mels": mels,
        "n_audio_ctx": context,
        "n_audio_state": width,
        "n_audio_head": heads,
        "n_audio_layer": layers_of(weights, "encoder"),
        "n_vocab": vocab,
        "n_text_ctx": weights["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": width,
        "n_text_head": heads,
        "n_text_layer": layers_of(weights, "decoder"),
        "sot_sequence": f"{sot},{ids['<|en|>']},{ids['<|transcribe|>']}",
        "all_language_tokens": ",".join(map(str, languages)),
        "all_language_codes": ",".join(vocabulary[index].strip("<|>") for index in languages),
        "sot": sot,
        "sot_index": 0,
        "eot": ids["<|endoftext|>"],
        "blank_id": ids["\u0120"],
        "is_multilingual": 1,
        "no_speech": ids["<|nocaptions|>"],
        "non_speech_tokens": ",".join(map(str, config["suppress_ids"])),
        "transcribe": ids["<|transcribe|>"],
        "translate": ids["<|translate|>"],
        "sot_prev": ids["<|startofprev|>"],
        "sot_lm": ids["<|startoflm|>"],
        "no_timestamps": ids["<|notimestamps|>"],
    }


def token_lines(vocabulary):
    """base64(bytes) and id (of no bytes it is "="), a line for each token that is no mark; GPT-2's tokenizers write bytes as characters."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    byte_of = {chr(byte): byte for byte in plain}
    byte_of.update({chr(256 + index): byte for index, byte in enumerate(others)})
    for index, token in enumerate(vocabulary[: vocabulary.index("<|endoftext|>")]):
        yield f"{base64.b64encode(bytes(byte_of[c] for c in token)).decode() or '='} {index}\n"


def main(source, target):
    weights = read_weights(os.path.join(source, "model.bin"))
    with open(os.path.join(source, "vocabulary.txt"), encoding="utf-8", newline="\n") as file:
        vocabulary = file.read().split("\n")
    with open(os.path.join(source, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    os.makedirs(target, exist_ok=True)
    onnx.save(encoder(weights, properties_of(weights, vocabulary, config)), os.path.join(target, "encoder.onnx"))
    whole = os.path.join(target, "decoder.onnx")
    onnx.save(decoder(weights), whole)
    # An encoder in int8 loses far-field speech; the decoder loses nothing. The embeddings are looked up as they are.
    quantize_dynamic(
        whole,
        os.path.join(target, "decoder.int8.onnx"),
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        nodes_to_exclude=["scores"],
    )
    os.remove(whole)
    with open(os.path.join(target, "tokens.txt"), "w", encoding="ascii") as file:
        file.writelines(token_lines(vocabulary))


if __name__ == "__main__":
    main(*sys.argv[1:])
