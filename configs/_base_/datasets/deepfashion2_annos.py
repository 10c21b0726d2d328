# DeepFashion2: the official tree, all 13 categories in one model of 294
# landmarks. No annotations of the test set are public: the papers' results are
# on the validation set, so it is the test set as well.
# Not `deepfashion2.py`: MMPose looks for its metainfo of that name here first.
_base_ = '../evaluators/fashion.py'

num_landmarks = 294
train_dataset = dict(
    type='DeepFashion2AnnosDataset',
    data_root='data/DeepFashion2/',
    ann_file='train/annos',
    data_prefix=dict(img='train/image'))
val_dataset = dict(
    train_dataset,
    ann_file='validation/annos',
    data_prefix=dict(img='validation/image'),
    test_mode=True)
test_dataset = val_dataset

# the challenge's measure, beside the error of the other data sets
fashion_metrics = [dict(type='DeepFashion2AP'), *_base_.fashion_metrics]
save_best = 'deepfashion2/AP'
