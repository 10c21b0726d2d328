# FashionAI: the official training set, its five categories in one model of 24
# landmarks; the box is the image. `train.csv` and `Images/` are as released.
# `val.csv` holds the rows of `train.csv` that you keep for validation, under
# the same header: no official split is published. The papers' results are on
# such a FashionAI-val, so it is the test set as well.
_base_ = '../evaluators/fashion.py'

num_landmarks = 24
train_dataset = dict(
    type='FashionAIDataset',
    data_root='data/FashionAI/',
    ann_file='Annotations/train.csv',
    exclude='Annotations/val.csv')
val_dataset = dict(
    type=train_dataset['type'],
    data_root=train_dataset['data_root'],
    ann_file=train_dataset['exclude'],
    test_mode=True)
test_dataset = val_dataset

# the challenge's norm: armpits or waistband
fashion_metrics = [
    dict(metric, norm='fashionai') for metric in _base_.fashion_metrics
]
