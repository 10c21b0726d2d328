import pytest
import torch

from pcloss_mmpose.models import SelectiveDilation
from pcloss_mmpose.models.necks.selective_dilation import selective_dilation


def by_loops(features, weight, bias, dilations):
    batch, _, height, width = features.shape
    found = features.new_full((batch, len(weight), height, width), -torch.inf)
    for d in dilations:
        padded = torch.nn.functional.pad(features, [d] * 4)
        for y in range(height):
            for x in range(width):
                seen = padded[:, :, y:y + 2 * d + 1:d, x:x + 2 * d + 1:d]
                response = torch.einsum('bcij,dcij->bd', seen, weight) + bias
                found[..., y, x] = torch.maximum(found[..., y, x], response)
    return found


@pytest.mark.parametrize('dilations', [(1, ), (1, 2, 4), (3, 1)])
def test_the_strongest_response_of_one_filter(dilations):
    torch.manual_seed(0)
    features, weight, bias = (
        torch.randn(size, dtype=torch.float64)
        for size in ((2, 3, 7, 6), (4, 3, 3, 3), (4, )))
    torch.testing.assert_close(
        selective_dilation(features, weight, bias, dilations),
        by_loops(features, weight, bias, dilations))


def test_a_larger_picture_gets_the_same_response():
    """What the selection is for: a thing twice the size is found as well."""
    small = torch.zeros(1, 1, 9, 9)
    small[0, 0, 3:6:2, 3:6:2] = 1.
    large = torch.zeros(1, 1, 9, 9)
    large[0, 0, 2:7:4, 2:7:4] = 1.
    corners = torch.tensor([[[[1., 0., 1.], [0., 0., 0.], [1., 0., 1.]]]])
    for dilations, found in (((1, 2), (4, 4)), ((1, ), (4, 0))):
        assert tuple(
            float(selective_dilation(x, corners, None, dilations)[0, 0, 4, 4])
            for x in (small, large)) == found


def test_the_branches_share_their_weights():
    one, three = (
        SelectiveDilation(6, 5, dilations) for dilations in ((1, ), (1, 2, 4)))
    assert {k: v.shape
            for k, v in one.state_dict().items()} == {
                k: v.shape
                for k, v in three.state_dict().items()
            } == {
                'conv.weight': (5, 6, 3, 3),
                'conv.bias': (5, )
            }
    found, = three([torch.zeros(1), torch.randn(2, 6, 8, 7)])
    assert found.shape == (2, 5, 8, 7) and found.min() == 0
