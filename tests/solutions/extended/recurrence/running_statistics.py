def running_statistics(x):
    x0, x1 = st.Copy().apply(x)
    peaks = st.Scan(fn=running_max, b=1).apply(x0)
    sums = st.Scan(fn=count_and_sum, b=1).apply(x1)
    means = st.Map(fn=mean).apply(sums)
    return peaks, means
