def block_softmax(scores):
    blocks = step.Reshape(L=[0], S=3).apply(scores)
    groups = step.Bufferize(a=1).apply(blocks)
    weights = step.Map(fn=softmax).apply(groups)
    numbers = step.Streamify().apply(weights)
    return step.Flatten(L=[1]).apply(numbers)
