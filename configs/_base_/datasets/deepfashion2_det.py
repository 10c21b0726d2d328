# DeepFashion2's boxes and categories for mmdet: the official tree. No
# annotations of the test set are public.
det_train_dataset = dict(
    type='DeepFashion2DetDataset',
    data_root='data/DeepFashion2/',
    ann_file='train/annos',
    data_prefix=dict(img='train/image'))
det_val_dataset = dict(
    det_train_dataset,
    ann_file='validation/annos',
    data_prefix=dict(img='validation/image'),
    test_mode=True)
