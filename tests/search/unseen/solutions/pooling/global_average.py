def global_average(image):
    pixels = step.Bufferize(a=1).apply(image)
    promoted = step.Promote(b=2).apply(pixels)
    total = step.Accum(fn=add_pixels, b=2).apply(promoted)
    return step.Map(fn=over_area).apply(total)
