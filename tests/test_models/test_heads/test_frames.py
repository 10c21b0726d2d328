import math

import torch
from torch.testing import assert_close

from pcloss_mmpose.models.heads.frames import (bounded_frames, compose,
                                               cut_out, extent, map_back)


def test_mapping_back_by_hand():
    """Half the size, a quarter of the image to the right, an eighth up."""
    frame = torch.tensor([.5, .5, -.25])
    inside = torch.tensor([[0., 0.], [-1., -1.], [1., 1.], [.5, -.2]])
    image = torch.tensor([[.5, -.25], [0., -.75], [1., .25], [.75, -.35]])
    assert_close(map_back(frame, inside), image)


def test_a_frame_in_a_frame_by_hand():
    """A landmark's, of a fifth of the garment's, which is half the image."""
    garment = torch.tensor([.5, .5, -.25])
    landmark = torch.tensor([.2, -1., .5])
    assert_close(compose(garment, landmark), torch.tensor([.1, 0., 0.]))
    points = torch.rand(7, 2)
    assert_close(
        map_back(compose(garment, landmark), points),
        map_back(garment, map_back(landmark, points)))


def test_zeros_are_the_identity():
    frames = bounded_frames(torch.zeros(2, 5, 3), 4)
    assert torch.equal(frames[0, 0], torch.tensor([1., 0., 0.]))
    points = torch.rand(2, 5, 2)
    assert torch.equal(map_back(frames, points), points)
    features = torch.rand(2, 3, 6, 6)
    seen = cut_out(features, frames, 6)
    assert seen.shape == (2, 5, 3, 6, 6)
    assert_close(seen, features[:, None].expand_as(seen))


def test_scales_are_bounded_and_still_learn():
    raw = torch.tensor([[-1e4], [-1.], [0.], [.01], [1.], [1e4]])
    raw = torch.cat([raw, torch.zeros(6, 2)], 1).requires_grad_()
    scale = bounded_frames(raw, 4.)[:, 0]
    assert scale.min() == .25 and scale.max() == 4.
    assert (scale.diff() > 0).all()
    assert_close(scale[3], torch.tensor(math.exp(.01)), rtol=1e-5, atol=0)
    scale[1:5].sum().backward()
    assert (raw.grad[1:5, 0] > 0).all()


def test_a_cut_out_is_the_crop_of_the_map():
    """And 0 beyond its border; of a map that is not square, too."""
    features = torch.rand(2, 3, 8, 12)
    # the right lower quarter of the first, the left upper one of the second
    frames = torch.tensor([[[.5, .5, .5]], [[.5, -.5, -.5]]])
    seen = cut_out(features, frames, 2)[:, 0]
    quarters = torch.stack([features[0, :, 4:, 6:], features[1, :, :4, :6]])
    # the middles of its four quarters, between cells of 2 x 3
    assert_close(seen[..., 0, 0], quarters[:, :, 0:2, 1].mean(-1))
    assert_close(seen[..., 1, 1], quarters[:, :, 2:4, 4].mean(-1))
    beyond = torch.tensor([[[1., 3., 0.]], [[1., 0., -3.]]])
    assert not cut_out(features, beyond, 2).any()


def test_gradient_moves_a_frame_to_what_it_looks_for():
    features = torch.zeros(1, 1, 9, 9)
    features[0, 0, 4, 6] = 1.
    frame = torch.tensor([[[.3, .3, 0.]]], requires_grad=True)
    cut_out(features, frame, 3)[..., 1, 1].sum().backward()
    assert frame.grad[0, 0, 1] > 0  # to the right


def test_extent_is_of_the_labelled_landmarks():
    points = torch.tensor([[[-.5, 0.], [.1, .2], [9., 9.]]]).repeat(4, 1, 1)
    labelled = torch.tensor([[1., 1., 0.], [1., .5, 1.], [0., 1., 0.],
                             [0., 0., 0.]])
    assert_close(extent(points, labelled), torch.tensor([.3, 4.75, 0., 0.]))
