"""Sentence vectors: the prepared encoder, run on the texts of messages."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bot.tools.prepare_encoder import MODEL_FILE, TOKENIZER_FILE

# The model was trained on at most 256 tokens; what a patient asks stands in far fewer.
MAX_TOKENS = 128
WORKERS = 2


class SentenceVectors:
    """The encoder itself: texts in, vectors of length 1 out. Usable without Rasa."""

    def __init__(self, directory: Path, threads: int = 1, cache_size: int = 2048) -> None:
        """Opens a prepared encoder.

        Args:
            directory: holds `encoder.onnx` and `tokenizer.json`.
            threads: threads used inside one run.
            cache_size: how many single texts are remembered.
        """
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(directory / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(directory / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._cache: OrderedDict[str, np.ndarray] = OrderedDict()
        self._cache_size = cache_size
        # Turns and the watch over their messages run in threads of their own.
        self._lock = threading.Lock()

    @property
    def words(self) -> list[str]:
        """The whole words the encoder knows."""
        return [word for word in self._tokenizer.get_vocab() if not word.startswith("##")]

    @property
    def dimension(self) -> int:
        """Width of a vector."""
        return int(self._session.get_outputs()[0].shape[1])

    def encode(self, text: str) -> np.ndarray:
        """Encodes one text; a text seen lately costs nothing.

        Args:
            text: any text, also an empty one.

        Returns:
            float32 [dimension], Euclidean length 1.
        """
        key = text.strip()
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                return known
        vector = self._run(np.array([self._tokenizer.encode(key).ids], dtype=np.int64))[0]
        with self._lock:
            self._cache[key] = vector
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return vector

    def encode_batch(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes many texts, several at a time on separate threads.

        Each is a run of its own: with 8-bit weights the scale of a run depends on all that it holds, and
        a text in a batch would get another vector at training time than it gets alone (cosine 0.95-0.99).

        Args:
            texts: any number of texts.

        Returns:
            float32 [texts, dimension], in the order given.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([text.strip() for text in texts])
        with ThreadPoolExecutor(WORKERS) as pool:
            rows = pool.map(lambda encoding: self._run(np.array([encoding.ids], dtype=np.int64))[0], encodings)
            return np.stack(list(rows))

    def _run(self, ids: np.ndarray) -> np.ndarray:
        return self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
