# DeepFashion-C, the category and attribute benchmark: the official tree.
# Files, landmarks and metric are as FLD's.
_base_ = './fld.py'

train_dataset = val_dataset = test_dataset = dict(
    type='DeepFashionCDataset', data_root='data/DeepFashion-C/')
