def block_absmax(x):
    x0, x1 = step.Copy().apply(x)
    blocks = step.Reshape(L=[0], S=8).apply(x0)
    absmax_fold = step.Accum(fn=absmax, b=1).apply(blocks)
    to_scale_out = step.Map(fn=to_scale).apply(absmax_fold)
    to_scale_out0, to_scale_out1 = step.Copy().apply(to_scale_out)
    to_scale_out0_repeated = step.Repeat(n=8).apply(to_scale_out0)
    flat = step.Flatten(L=[1]).apply(to_scale_out0_repeated)
    flat0, flat1 = step.Copy().apply(flat)
    quantises = step.Map(fn=quantise).apply((x1, flat0))
    dequantises = step.Map(fn=dequantise).apply((quantises, flat1))
    return dequantises, to_scale_out1
