"""A backend of torch.compile that notes what it gets to compile."""
from pathlib import Path

from torch._dynamo import register_backend
from torch._dynamo.backends.registry import lookup_backend


@register_backend
def noting(graph, inputs):
    with Path('compiled.txt').open('a') as file:
        for node in graph.graph.nodes:
            file.write(f'{node.op} {node.target}\n')
    return lookup_backend('aot_eager')(graph, inputs)
