"""Makes the tiny models of this folder: real graphs for sherpa-onnx that hear loudness, not speech.

    pip install onnx && python make.py
"""
import onnx
from onnx import TensorProto as T
from onnx import helper as h


def model(name, nodes, inputs, outputs, constants, meta, tensors=()):
    graph = h.make_graph(
        nodes, name,
        [h.make_tensor_value_info(n, t, s) for n, t, s in inputs],
        [h.make_tensor_value_info(n, t, s) for n, t, s in outputs],
        [h.make_tensor(n, t, [len(v)] if isinstance(v, list) else [], v if isinstance(v, list) else [v])
         for n, t, v in constants] + list(tensors),
    )
    made = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], ir_version=8)
    h.set_model_props(made, {k: str(v) for k, v in meta.items()})
    onnx.checker.check_model(made)
    onnx.save(made, f"{name}.onnx")


# A streaming transducer of the LSTM kind. Each step takes 9 frames and moves on by 4; its state is whether the step
# before was loud, and its one number is above 0 where it begins to be loud.
model("streaming_encoder", [
    h.make_node("ReduceMean", ["x"], ["loudness"], axes=[2], keepdims=1),
    h.make_node("Slice", ["loudness", "zero", "one", "axis"], ["first"]),
    h.make_node("Greater", ["first", "threshold"], ["is_loud"]),
    h.make_node("Cast", ["is_loud"], ["loud"], to=T.FLOAT),
    h.make_node("Transpose", ["h"], ["before"], perm=[1, 0, 2]),
    h.make_node("Sub", ["loud", "before"], ["onset"]),
    h.make_node("Sub", ["onset", "half"], ["encoder_out"]),
    h.make_node("Transpose", ["loud"], ["next_h"], perm=[1, 0, 2]),
    h.make_node("Identity", ["c"], ["next_c"]),
], [("x", T.FLOAT, ["N", 9, 80]), ("h", T.FLOAT, [1, "N", 1]), ("c", T.FLOAT, [1, "N", 1])],
    [("encoder_out", T.FLOAT, ["N", 1, 1]), ("next_h", T.FLOAT, [1, "N", 1]), ("next_c", T.FLOAT, [1, "N", 1])],
    [("zero", T.INT64, [0]), ("one", T.INT64, [1]), ("axis", T.INT64, [1]), ("threshold", T.FLOAT, [-9.0]),
     ("half", T.FLOAT, [0.5])],
    {"model_type": "lstm", "num_encoder_layers": 1, "T": 9, "decode_chunk_len": 4, "rnn_hidden_size": 1,
     "d_model": 1})

# What was said before does not matter.
model("streaming_decoder", [
    h.make_node("Slice", ["y", "one", "two", "axis"], ["last"]),
    h.make_node("Cast", ["last"], ["decoder_out"], to=T.FLOAT),
], [("y", T.INT64, ["N", 2])], [("decoder_out", T.FLOAT, ["N", 1])],
    [("one", T.INT64, [1]), ("two", T.INT64, [2]), ("axis", T.INT64, [1])],
    {"vocab_size": 4, "context_size": 2})

# The word where it begins to be loud, blank otherwise.
model("streaming_joiner", [
    h.make_node("Mul", ["decoder_out", "nothing"], ["blank"]),
    h.make_node("Sub", ["blank", "much"], ["never"]),
    h.make_node("Concat", ["blank", "never", "never", "encoder_out"], ["logit"], axis=1),
], [("encoder_out", T.FLOAT, ["N", 1]), ("decoder_out", T.FLOAT, ["N", 1])], [("logit", T.FLOAT, ["N", 4])],
    [("much", T.FLOAT, [1000.0]), ("nothing", T.FLOAT, [0.0])], {"joiner_dim": 1})

# SenseVoice's shape, four frames longer than what it is given: frame i says token i + 1, up to the last one; then
# blank. Whatever is heard is "你好".
TOKENS = ["<unk>", "<|zh|>", "<|HAPPY|>", "<|Speech|>", "<|withitn|>", "你", "好"]
V = len(TOKENS)
model("sense_voice", [
    h.make_node("Shape", ["x"], ["shape"]),
    h.make_node("Gather", ["shape", "second"], ["given"], axis=0),
    h.make_node("Add", ["given", "four"], ["frames"]),
    h.make_node("Range", ["start", "frames", "step"], ["index"]),
    h.make_node("Add", ["index", "step"], ["token"]),
    h.make_node("Less", ["token", "vocab"], ["is_token"]),
    h.make_node("Where", ["is_token", "token", "start"], ["said"]),
    h.make_node("OneHot", ["said", "vocab", "off_on"], ["one"], axis=-1),
    h.make_node("Unsqueeze", ["one", "front"], ["logits"]),
], [("x", T.FLOAT, ["N", "T", 560]), ("x_length", T.INT32, ["N"]), ("language", T.INT32, ["N"]),
    ("text_norm", T.INT32, ["N"])],
    [("logits", T.FLOAT, ["N", "T", V])],
    [("second", T.INT64, 1), ("four", T.INT64, 4), ("start", T.INT64, 0), ("step", T.INT64, 1), ("vocab", T.INT64, V),
     ("off_on", T.FLOAT, [0.0, 1.0]), ("front", T.INT64, [0])],
    {"vocab_size": V, "blank_id": 0, "lfr_window_size": 7, "lfr_window_shift": 6, "normalize_samples": 0,
     "with_itn": 14, "without_itn": 15, "lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_yue": 7, "lang_ja": 11,
     "lang_ko": 12, "neg_mean": ",".join(["0"] * 560), "inv_stddev": ",".join(["1"] * 560)})

# Paraformer's shape: whatever is heard is "早上好" and the end.
model("paraformer", [
    h.make_node("Identity", ["said"], ["logits"]),
    h.make_node("Identity", ["count"], ["token_num"]),
], [("speech", T.FLOAT, ["N", "T", 560]), ("speech_lengths", T.INT32, ["N"])],
    [("logits", T.FLOAT, [1, 4, 5]), ("token_num", T.INT32, [1])],
    [("count", T.INT32, [4])],
    {"vocab_size": 5, "lfr_window_size": 7, "lfr_window_shift": 6,
     "neg_mean": ",".join(["0"] * 560), "inv_stddev": ",".join(["1"] * 560)},
    [h.make_tensor("said", T.FLOAT, [1, 4, 5], [float(i in (2, 8, 14, 16)) for i in range(20)])])

# Whisper's shape: each token has the one that follows it, whatever is heard: "验好樂 [Bell]", where 验 is two tokens.
# Its tokens are bytes in base64; the marks behind them are in no list.
WHISPER_TOKENS = ["6ao=", "jA==", "5aW9", "5qiC", "IFtCZWxsXQ=="]
EOT, SOT, ZH, EN, TRANSCRIBE, TRANSLATE, NO_TIMESTAMPS = range(5, 12)
WHISPER_V = 15
NEXT = {NO_TIMESTAMPS: 0, 0: 1, 1: 2, 2: 3, 3: 4, 4: EOT}
for name, multilingual in (("whisper_encoder", 1), ("whisper_en_encoder", 0)):
    model(name, [
        h.make_node("ReduceMean", ["mel"], ["loudness"], axes=[1], keepdims=1),
        h.make_node("Transpose", ["loudness"], ["column"], perm=[0, 2, 1]),
        h.make_node("Unsqueeze", ["column", "front"], ["n_layer_cross_k"]),
        h.make_node("Identity", ["n_layer_cross_k"], ["n_layer_cross_v"]),
    ], [("mel", T.FLOAT, ["N", 80, "T"])],
        [("n_layer_cross_k", T.FLOAT, [1, "N", "T", 1]), ("n_layer_cross_v", T.FLOAT, [1, "N", "T", 1])],
        [("front", T.INT64, [0])],
        {"model_type": "whisper-tiny", "n_mels": 80, "n_audio_ctx": 1500, "n_audio_state": 1, "n_audio_head": 1,
         "n_audio_layer": 1, "n_vocab": WHISPER_V, "n_text_ctx": 448, "n_text_state": 1, "n_text_head": 1,
         "n_text_layer": 1, "sot_sequence": f"{SOT},{ZH},{TRANSCRIBE}" if multilingual else f"{SOT}",
         "all_language_tokens": f"{ZH},{EN}", "all_language_codes": "zh,en", "sot": SOT, "sot_index": 0, "eot": EOT,
         "blank_id": 2, "is_multilingual": multilingual, "no_speech": 12, "non_speech_tokens": "2",
         "transcribe": TRANSCRIBE, "translate": TRANSLATE, "sot_prev": 13, "sot_lm": 14,
         "no_timestamps": NO_TIMESTAMPS})

model("whisper_decoder", [
    h.make_node("Gather", ["next", "tokens"], ["logits"], axis=0),
    h.make_node("Identity", ["in_n_layer_self_k_cache"], ["out_n_layer_self_k_cache"]),
    h.make_node("Identity", ["in_n_layer_self_v_cache"], ["out_n_layer_self_v_cache"]),
], [("tokens", T.INT64, ["N", "n_tokens"]), ("in_n_layer_self_k_cache", T.FLOAT, [1, "N", 448, 1]),
    ("in_n_layer_self_v_cache", T.FLOAT, [1, "N", 448, 1]), ("n_layer_cross_k", T.FLOAT, [1, "N", "T", 1]),
    ("n_layer_cross_v", T.FLOAT, [1, "N", "T", 1]), ("offset", T.INT64, [1])],
    [("logits", T.FLOAT, ["N", "n_tokens", WHISPER_V]), ("out_n_layer_self_k_cache", T.FLOAT, [1, "N", 448, 1]),
     ("out_n_layer_self_v_cache", T.FLOAT, [1, "N", 448, 1])],
    [], {},
    [h.make_tensor("next", T.FLOAT, [WHISPER_V, WHISPER_V],
                   [float(NEXT.get(token, EOT) == after) for token in range(WHISPER_V) for after in range(WHISPER_V)])])


def tokens(name, words):
    with open(name, "w", encoding="utf-8") as file:
        file.writelines(f"{word} {index}\n" for index, word in enumerate(words))


tokens("streaming_tokens.txt", ["<blk>", "<sos/eos>", "<unk>", "▁LOUD"])
tokens("sense_voice_tokens.txt", TOKENS)
tokens("paraformer_tokens.txt", ["<blank>", "</s>", "早", "上", "好"])
tokens("whisper_tokens.txt", WHISPER_TOKENS)
