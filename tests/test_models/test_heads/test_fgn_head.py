import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample

from pcloss_mmpose.models.heads.fgn_head import ChainRNN, recur

CHAINS = [['left collar', 'left waistline', 'left hem'],
          ['left hem', 'right hem']]
CODEC = dict(
    type='SoftArgmaxHeatmap',
    input_size=(64, 96),
    heatmap_size=(8, 12),
    sigma=1.)
SWAP = [1, 0, 3, 2, 5, 4, 7, 6]


def head(chains=CHAINS, **kwargs):
    torch.manual_seed(0)
    model = MODELS.build(
        dict(
            type='FGNHead',
            in_channels=4,
            chains=chains,
            metainfo='FLDDataset',
            channels=3,
            hidden_channels=5,
            loss=dict(type='mmpose.KeypointMSELoss', use_target_weight=True),
            decoder=CODEC,
            **kwargs))
    model.init_weights()
    return model.eval()


def image(seed=0):
    return [
        torch.rand(2, 4, 12, 8, generator=torch.Generator().manual_seed(seed))
    ]


def samples(heatmaps, weights):
    made = []
    for heatmap, weight in zip(heatmaps, weights):
        sample = PoseDataSample(
            metainfo=dict(flip_indices=SWAP, input_size=(64, 96)))
        sample.gt_instance_labels = InstanceData(keypoint_weights=weight[None])
        sample.gt_fields = PixelData(heatmaps=heatmap)
        made.append(sample)
    return made


def reached(model):
    """(to, from): whether a landmark's map changes another's heatmap."""
    inputs = image()
    inputs[0].requires_grad_()
    found = []
    model.maps.weight.requires_grad_()
    for k in range(8):
        gradient, = torch.autograd.grad(
            model(inputs)[:, k].sum(), model.maps.weight)
        found.append(gradient.view(8, -1).abs().sum(1) > 0)
    return torch.stack(found).int().tolist()


def test_a_chain_tells_its_other_end():
    """To and fro, through the middle; a landmark in two chains passes on
    nothing from the one to the other, as both end in its heatmap."""
    told = reached(head())
    assert told[0] == [1, 0, 0, 0, 1, 0, 1, 0]
    assert told[6] == [1, 0, 0, 0, 1, 0, 1, 1]
    assert told[7] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert told[3] == [0, 0, 0, 1, 0, 0, 0, 0]  # in no chain
    assert reached(head(chains=[])) == torch.eye(8).int().tolist()


def test_units_by_hand():
    """The formulas, with convolutions written as plain sums."""
    torch.manual_seed(0)
    unit = ChainRNN(3, 1, 1, 1)
    x = [torch.tensor(v).view(1, 1, 1, 1) for v in (.5, -1., 2.)]
    (a, b), (c, d) = (unit.inputs.weight.flatten().tolist(),
                      unit.inputs.bias.tolist())
    forth, back = float(unit.forth.weight), float(unit.back.weight)
    (e,
     f), g = unit.outputs.weight.flatten().tolist(), float(unit.outputs.bias)
    states, state = [], 0.
    for v in (.5, -1., 2.):
        state = np.tanh(a * v + c + forth * state)
        states.append(state)
    reverse, state = [], 0.
    for v in (2., -1., .5):
        state = np.tanh(b * v + d + back * state)
        reverse.insert(0, state)
    expected = [e * s + f * r + g for s, r in zip(states, reverse)]
    np.testing.assert_allclose([float(y.detach()) for y in unit(x)],
                               expected,
                               rtol=1e-5)
    assert recur(x[:1], None)[0] == x[0].tanh()


def test_several_chains_of_a_landmark_are_averaged():
    model = head()
    together = model(image())[:, 6]
    alone = []
    for kept in (0, 1):
        model.chains, chains = [model.chains[kept]], model.chains
        model.units, units = model.units[kept:kept + 1], model.units
        maps = model.maps(image()[0]).relu().chunk(8, 1)
        logits = model.units[0]([maps[k] for k in model.chains[0]])
        alone.append(logits[model.chains[0].index(6)].sigmoid()[:, 0])
        model.chains, model.units = chains, units
    torch.testing.assert_close(together, sum(alone) / 2)


def test_unlabelled_landmarks_poison_no_chain():
    """Whatever stands in their target: the same loss, the same gradients."""
    weights = torch.ones(2, 8)
    weights[:, 4] = 0  # the middle of a chain
    results = []
    for junk in (0., 9.):
        model = head()
        target = torch.rand(
            2, 8, 12, 8, generator=torch.Generator().manual_seed(3))
        target[:, 4] = junk
        heatmaps = model(image())
        heatmaps.retain_grad()
        model.forward = lambda feats: heatmaps
        loss = model.loss(image(), samples(target, weights))['loss_kpt']
        loss.backward()
        assert (heatmaps.grad[:, 4] == 0).all()
        assert (heatmaps.grad[:, 0] != 0).any()
        results.append((loss, model.units[0].forth.weight.grad))
    torch.testing.assert_close(results[0], results[1])
    # its place in the chain stays: a message passes
    assert results[0][1].any()


def test_heatmaps_are_probabilities_that_start_low():
    heatmaps = head()(image())
    assert heatmaps.shape == (2, 8, 12, 8)
    assert 0 < heatmaps.min() and heatmaps.max() < .3


def test_flip():
    """A mirrored picture gives the mirrored prediction, sides swapped."""
    model = head()
    batch = samples(torch.zeros(2, 8, 12, 8), torch.ones(2, 8))
    one, other = image(1), image(2)
    cfg = dict(flip_test=True, shift_heatmap=False)
    for a, b in zip(
            model.predict([one, other], batch, cfg),
            model.predict([other, one], batch, cfg)):
        mirrored = b.keypoints[:, SWAP]
        mirrored[..., 0] = 63 - mirrored[..., 0]
        np.testing.assert_allclose(a.keypoints, mirrored, atol=.05)


@pytest.mark.parametrize('chains, message', [
    ([['left collar', 'left knee']], "chains name 'left knee', the landmarks "
     "of 'FLDDataset' are left collar, right collar"),
    (['left hem', 'left collar'],
     "chains\\[0\\] must be a list of landmark names, found 'left hem'"),
    ([['left hem', 'left hem']], "chains have 'left hem' twice in"),
    ([['left hem']], "two landmarks or more each, found .'left hem'."),
])
def test_chains_are_checked(chains, message):
    with pytest.raises(ValueError, match=message):
        head(chains)


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match='kernel_size must be odd, found 4'):
        head(kernel_size=4)
