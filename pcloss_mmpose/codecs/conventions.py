"""Where a heatmap's pixels lie, as configs and checkpoints tell it."""
import ast
from typing import Iterator, Optional

from mmengine.config import Config

_OURS = 'SoftArgmaxHeatmap'


def convention_of(codec: Optional[dict]) -> Optional[str]:
    """How a codec's heatmap pixels lie in the input.

    ``'half_pixel'``, ``'msra'`` or ``'udp'``; None for codecs of which it is
    not known, or that have no heatmaps.
    """
    if not isinstance(codec, dict):
        return None
    if codec.get('type') == _OURS:
        return codec.get('convention', 'half_pixel')
    stock = dict(MSRAHeatmap='msra', UDPHeatmap='udp')
    return stock.get(str(codec.get('type')))


def check_codecs(cfg: dict) -> None:
    """Refuse a config in which the codec's users do not agree.

    Only one whose head decodes, or whose pipeline encodes, by
    ``SoftArgmaxHeatmap`` is looked at.

    Raises:
        ValueError: If the training's encoder is not the head's decoder, or
            the flip test shifts heatmaps that are at their place.
    """
    model = cfg.get('model') or {}
    decoder = _decoder(model)
    for encoder in _encoders(cfg.get('train_dataloader')):
        if _OURS in (encoder.get('type'), decoder.get('type')):
            ours, theirs = _settings(encoder), _settings(decoder)
            for key in sorted({*ours, *theirs}, key=lambda k: k != 'type'):
                if ours.get(key) != theirs.get(key):
                    raise ValueError(
                        "the pipeline's encoder and model.head.decoder must "
                        f'be the same codec, but their {key} is '
                        f'{ours.get(key)!r} and {theirs.get(key)!r}')
    if decoder.get('type') != _OURS:
        return
    test_cfg = model.get('test_cfg') or {}
    shifts = bool(test_cfg.get('shift_heatmap', False))
    wanted = convention_of(decoder) == 'msra'
    if test_cfg.get('flip_test') and shifts != wanted:
        raise ValueError(
            f'model.test_cfg.shift_heatmap is {shifts}, but the heatmaps of '
            f'SoftArgmaxHeatmap in its convention {convention_of(decoder)!r} '
            f'need {wanted}, or a flip test puts landmarks beside their place')


def check_checkpoint_codec(cfg: dict, checkpoint: dict) -> None:
    """Refuse heatmaps that were learned in another convention.

    The checkpoint is as mmengine stores it, with the training's config.

    Raises:
        ValueError: If one of the two codecs is ``SoftArgmaxHeatmap``, and the
            pixels of the other one's heatmaps are known to lie elsewhere.
    """
    ours = _decoder(cfg.get('model') or {})
    theirs = _decoder(_model_of(checkpoint))
    conventions = convention_of(ours), convention_of(theirs)
    if (_OURS in (ours.get('type'), theirs.get('type'))
            and None not in conventions and len(set(conventions)) > 1):
        raise ValueError(
            'the checkpoint was trained on heatmaps of '
            f'{_describe(theirs)}, and the config reads them as of '
            f'{_describe(ours)}: all landmarks would be off by the same part '
            "of a heatmap's pixel; the codec of the training must stand in "
            'model.head.decoder')


def _settings(codec: dict) -> dict:
    """To be compared: a list is as good as a tuple, a default as said."""
    settings = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in codec.items() if key != '_scope_'
    }
    if codec.get('type') == _OURS:
        settings['convention'] = convention_of(codec)
    return settings


def _describe(codec: dict) -> str:
    return f"{codec['type']} (convention {convention_of(codec)!r})"


def _decoder(model: dict) -> dict:
    head = model.get('head')
    decoder = head.get('decoder') if isinstance(head, dict) else None
    return decoder if isinstance(decoder, dict) else {}


def _encoders(part) -> Iterator[dict]:
    """Of each GenerateTarget in a data loader, however it is wrapped."""
    if isinstance(part, dict):
        if isinstance(part.get('encoder'), dict):
            yield part['encoder']
        part = list(part.values())
    if isinstance(part, (list, tuple)):
        for value in part:
            yield from _encoders(value)


class _DictCalls(ast.NodeTransformer):
    """``dict(a=1)`` as ``{'a': 1}``, which is a literal."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if getattr(node.func, 'id', None) != 'dict':
            return node  # no literal
        if node.args:  # names that are no identifiers
            return node.args[0]
        return ast.Dict([ast.Constant(k.arg) for k in node.keywords],
                        [k.value for k in node.keywords])


def _model_of(checkpoint: dict) -> dict:
    """The model in a checkpoint's config, {} if that cannot be read.

    mmengine stores it as text, which is not run here.
    """
    cfg = (checkpoint.get('meta') or {}).get('cfg', '')
    if isinstance(cfg, Config):
        return cfg.get('model') or {}
    try:
        for node in ast.parse(cfg).body:
            if isinstance(node, ast.Assign) and getattr(
                    node.targets[0], 'id', '') == 'model':
                return dict(ast.literal_eval(_DictCalls().visit(node.value)))
    except (TypeError, SyntaxError, ValueError):
        pass
    return {}
