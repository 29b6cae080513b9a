def quantise_blocks(x):
    blocks = step.Reshape(L=[0], S=4).apply(x)
    blocks0, blocks1 = step.Copy().apply(blocks)
    magnitudes = step.Accum(fn=largest_magnitude, b=1).apply(blocks0)
    scales = step.Map(fn=to_scale).apply(magnitudes)
    scales0, scales1 = step.Copy().apply(scales)
    scales_repeated = step.Repeat(n=4).apply(scales0)
    pairs = step.Zip().apply((blocks1, scales_repeated))
    codes = step.Map(fn=quantise).apply(pairs)
    return step.Flatten(L=[1]).apply(codes), scales1
