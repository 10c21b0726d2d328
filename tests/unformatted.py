from mmengine.config import Config


def unformatted(cfg: Config) -> Config:
    """The config, whose text mmengine does not send through yapf.

    It writes the text several times in a training, half a second each. Its
    own argument for that, of ``fromfile``, is not passed on.
    """
    return Config(
        cfg._cfg_dict, cfg.text, cfg.filename, format_python_code=False)
