def patch_scores(patches, thresholds):
    pixels = st.Streamify().apply(patches)
    rows = st.Repeat(n=Q).apply(thresholds)
    spread = st.Repeat(n=P).apply(rows)
    pairs = st.Zip().apply((pixels, spread))
    excess = st.Map(fn=above).apply(pairs)
    return st.Accum(fn=sum_up, b=2).apply(excess)
