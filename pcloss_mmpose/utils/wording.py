"""How messages say things."""


def counted(number: int, one: str, many: str = '') -> str:
    """A number and what it counts.

    Args:
        number (int): How many.
        one (str): The words for one.
        many (str): Those for any other number. Defaults to ``one`` with an s.

    Example:
        >>> from pcloss_mmpose.utils import counted
        >>> counted(1, 'image'), counted(0, 'image')
        ('1 image', '0 images')
        >>> counted(2, 'image is', 'images are')
        '2 images are'
    """
    return f'{number} {one if number == 1 else many or one + "s"}'
