# The papers' metric, and the two faults that the constraint is made for. A
# config puts them beside the stock metrics.
custom_imports = dict(imports=['pcloss_mmpose'], allow_failed_imports=False)

fashion_metrics = [dict(type='NormalizedError'), dict(type='LandmarkFailures')]
