# FLD: the official tree, all garment types as eight landmarks.
_base_ = '../evaluators/fashion.py'

num_landmarks = 8
train_dataset = dict(type='FLDDataset', data_root='data/FLD/', split='train')
val_dataset = dict(train_dataset, split='val', test_mode=True)
test_dataset = dict(val_dataset, split='test')
