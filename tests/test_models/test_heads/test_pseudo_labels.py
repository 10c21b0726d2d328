import pytest
import torch

from pcloss_mmpose.models.heads.pseudo_labels import (cluster_layouts,
                                                      layout_distances)


def layouts(seed=0):
    """Three kinds of layouts, well apart, of two points each."""
    generator = torch.Generator().manual_seed(seed)
    kinds = torch.tensor([[[.1, .1], [.2, .9]], [[.5, .5], [.9, .1]],
                          [[.9, .9], [.4, .4]]])
    kind = torch.arange(30) % 3
    noise = torch.randn(30, 2, 2, generator=generator) / 100
    return kinds[kind] + noise, kind


def test_same_seed_same_centres():
    points, kind = layouts()
    weights = torch.ones(30, 2)
    state = torch.get_rng_state()
    centres = cluster_layouts(points, weights, 5, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert centres.shape == (5, 2, 2) and centres.dtype == torch.float32
    assert torch.equal(centres, cluster_layouts(points, weights, 5, seed=3))
    assert not torch.equal(centres, cluster_layouts(points, weights, 5, 4))
    # no cluster has images of two kinds
    label = layout_distances(points, weights, centres).argmin(-1)
    for number in label.unique():
        assert len(kind[label == number].unique()) == 1


def test_absent_points_have_no_say():
    points, _ = layouts()
    weights = torch.ones(30, 2)
    weights[::2, 1] = 0
    junk = points.clone()
    junk[::2, 1] = float('nan')
    centres = cluster_layouts(points, weights, 3, 0)
    assert centres.isfinite().all()
    torch.testing.assert_close(centres, cluster_layouts(junk, weights, 3, 0))
    centre = points[1:2]
    weights = torch.tensor([[1., 0.]])
    far = centre + torch.tensor([[[0., 0.], [99., 99.]]])
    assert layout_distances(far, weights, centre) == 0
    # nothing is labelled
    assert layout_distances(far, 0 * weights, centre) == 0


def test_fewer_images_than_clusters():
    points, _ = layouts()
    with pytest.raises(
            ValueError,
            match='31 clusters of pseudo-labels need '
            'as many images, found 30'):
        cluster_layouts(points, torch.ones(30, 2), 31, 0)


def test_alike_layouts():
    """A cluster may stay empty; nothing warns."""
    points = torch.full((6, 2, 2), .5)
    centres = cluster_layouts(points, torch.ones(6, 2), 3, 0)
    assert (centres == .5).all()
