from typing import Sequence

from mmdet.evaluation import CocoMetric
from mmdet.registry import METRICS
from mmengine.fileio import dump, load


@METRICS.register_module()
class GarmentCocoMetric(CocoMetric):
    """mmdet's ``CocoMetric`` with category ids from 1, as files of them have.

    Of a data set without a COCO json, mmdet counts categories from 0, and
    writes detections so. With this metric, ``<outfile_prefix>.bbox.json`` has
    the ``category_id`` of the annotations, by which ``bbox_file`` of
    ``DeepFashion2AnnosDataset`` tells the landmarks of a detection.

    Args:
        **kwargs: Arguments of ``CocoMetric``, but for ``ann_file``.
    """

    def gt_to_coco_json(self, gt_dicts: Sequence[dict],
                        outfile_prefix: str) -> str:
        """Write the ground truth as a COCO json.

        Returns:
            str: Its path.
        """
        file = super().gt_to_coco_json(gt_dicts, outfile_prefix)
        content = load(file)
        for category in content['categories']:
            category['id'] += 1
        for annotation in content.get('annotations', ()):
            annotation['category_id'] += 1
        dump(content, file)
        return file
