def l2_normalise(embeddings):
    e0, e1 = st.Copy().apply(embeddings)
    vectors = st.Bufferize(a=1).apply(e0)
    lengths = st.Map(fn=norm).apply(vectors)
    spread = st.Repeat(n=dim).apply(lengths)
    pairs = st.Zip().apply((e1, spread))
    return st.Map(fn=quotient).apply(pairs)
