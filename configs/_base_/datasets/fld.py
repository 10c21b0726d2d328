# The official FLD tree, all garment types as eight landmarks. A config that
# is based on a stock one puts these in place of its data sets.
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

fld_train = dict(type='FLDDataset', data_root='data/FLD/', split='train')
fld_val = dict(
    type='FLDDataset', data_root='data/FLD/', split='val', test_mode=True)
fld_test = dict(
    type='FLDDataset', data_root='data/FLD/', split='test', test_mode=True)

# the papers' metric, and the two faults that the constraint is made for
fashion_metrics = [dict(type='NormalizedError'), dict(type='LandmarkFailures')]
