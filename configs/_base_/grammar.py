# The chains of landmarks along which FGN passes messages, by the names of FLD
# and DeepFashion-C. Another data set needs its own.
kinematics = [
    ['left collar', 'left waistline', 'left hem'],
    ['left collar', 'left sleeve'],
    ['right collar', 'right waistline', 'right hem'],
    ['right collar', 'right sleeve'],
]
symmetry = [
    ['left collar', 'right collar'],
    ['left sleeve', 'right sleeve'],
    ['left waistline', 'right waistline'],
    ['left hem', 'right hem'],
]
