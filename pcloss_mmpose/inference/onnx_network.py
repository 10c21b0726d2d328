"""What of a pose estimator is exported."""
from types import SimpleNamespace
from typing import List, Optional, Sequence

import torch
from torch import nn

from .onnx_decode import find_decoder


class Network(nn.Module):
    """A pose estimator from the preprocessed picture to landmarks.

    The flip test is that of the head: what it hands to its codec is caught.
    """

    def __init__(self, model: nn.Module, input_size: Sequence[int],
                 flip_test: bool) -> None:
        super().__init__()
        self.model, self.flip_test = model, flip_test
        self.decoder = find_decoder(model.head.decoder)
        flipped = model.dataset_meta['flip_indices'] if flip_test else None
        self.samples = [
            SimpleNamespace(
                metainfo=dict(flip_indices=flipped, input_size=input_size))
        ]

    @property
    def names(self) -> Optional[List[str]]:
        if self.decoder is None:
            return None
        return ['keypoints', 'scores', *self.decoder.outputs]

    def forward(self, inputs: torch.Tensor) -> Sequence[torch.Tensor]:
        if self.decoder is None:
            return tuple(_flatten(self.model(inputs, None, mode='tensor')))
        feats = self.model.extract_feat(inputs)
        if self.flip_test:
            feats = [feats, self.model.extract_feat(inputs.flip(-1))]
        outputs = self._outputs(feats)
        if self.decoder.outputs == ('coordinates', ):
            outputs = [outputs[0][:, 0]]  # of the one instance
        read = self.decoder.read(self.model.head.decoder, *outputs)
        return (*read, *outputs)

    def _outputs(self, feats) -> Sequence[torch.Tensor]:
        head, caught = self.model.head, []
        settings = dict(
            self.model.test_cfg or {},
            flip_test=self.flip_test,
            output_heatmaps=False)

        def catch(outputs) -> list:
            caught.extend(_flatten(outputs))
            return []

        head.decode = catch
        try:
            head.predict(feats, self.samples, settings)
        finally:
            del head.decode
        return caught


def _flatten(output) -> List[torch.Tensor]:
    if isinstance(output, torch.Tensor):
        return [output]
    return [tensor for part in output for tensor in _flatten(part)]
