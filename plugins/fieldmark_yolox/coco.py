"""What a network trained on COCO tells apart, and what of it a camera trap wants to know."""

CLASSES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant",
    "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
"""The 80 classes in the order of the network's numbers (Lin et al. 2014, arXiv 1405.0312)."""

ANIMALS = CLASSES[14:24]
"""Bird to giraffe. There is no antelope, no wild dog and no big cat among them."""
VEHICLES = ("bicycle", "car", "motorcycle", "bus", "train", "truck")
LABELS = {
    **dict.fromkeys(ANIMALS, "animal"),
    "person": "person",
    **dict.fromkeys(VEHICLES, "vehicle"),
}
"""The label of each class that is kept; the others are dropped."""
