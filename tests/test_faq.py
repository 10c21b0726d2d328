"""docs/guides/faq.md quotes messages that there are."""
import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / 'docs/guides/faq.md').read_text()
#: The entries' first words: one message, or several.
MESSAGES = [
    message for entry in re.findall(r'^\* ((?:`[^`]+`,? ?)+):', PAGE, re.M)
    for message in re.findall('`([^`]+)`', entry)
]


@pytest.fixture(scope='module')
def texts():
    """All texts in the code, without what f-strings fill in."""
    files = [*ROOT.glob('pcloss_mmpose/**/*.py'), *ROOT.glob('tools/**/*.py')]
    return [
        node.value for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8')))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_each_entry_quotes_a_message():
    entries = re.findall(r'^\* (.*)', PAGE, re.M)
    assert len(entries) > 50
    assert all(entry.startswith('`') for entry in entries)


@pytest.mark.parametrize('message', MESSAGES)
def test_the_message_exists(message, texts):
    parts = [part.strip() for part in message.split('...') if part.strip()]
    assert max(map(len, parts)) > 8
    for part in parts:
        assert any(part in text for text in texts), part
