def lora_adapters(x, choice):
    x0, x1 = step.Copy().apply(x)
    base = step.Map(fn=base_layer).apply(x0)
    choice0, choice1 = step.Copy().apply(choice)
    parts = step.Partition(N=A).apply((x1, choice0))
    results = [step.Map(fn=f).apply(part) for f, part in zip(adapters, parts)]
    adapted = step.Merge(fn=combine).apply((results, choice1))
    both = step.Zip().apply((base, adapted))
    return step.Map(fn=add).apply(both)
