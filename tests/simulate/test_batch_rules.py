"""Every batching rule against the loop: on one batch axis, on two, and with arguments that do not vary along one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tests.simulate.batch_oracle import assert_batched, values

S: tuple[int, ...] = ()
V, M, T3 = (6,), (4, 6), (2, 3, 4)
W = np.random.default_rng(99).normal(size=(6, 5))
SQUARE = np.random.default_rng(98).normal(size=(6, 6))
TABLE = np.sort(np.random.default_rng(97).normal(size=9))

RULES: list[tuple[str, Any, tuple[tuple[int, ...], ...]]] = [
    # Operators and ufuncs.
    ("arithmetic", lambda x, y: (x + y) * (x - y) / (2 + y * y) - x**2 + (-x) ** 3, (V, V)),
    ("scalar with vector", lambda s, v: s * v + v / (1 + s * s), (S, V)),
    ("vector with matrix", lambda v, m: v + m, (V, M)),
    ("static operands", lambda v: np.arange(6) * v + W.T - v, (V,)),
    ("static of higher rank", lambda s: s + W, (S,)),
    ("reflected", lambda v: 1 - (2 / (3 + v * v)) + 2**v - (7 // (v * v + 1)) + 5 % (v * v + 1), (V,)),
    ("floor and modulo", lambda x, y: x // y + x % y + divmod(x, y)[0], (V, V)),
    ("list operand", lambda v: v * [1, 2, 3, 4, 5, 6], (V,)),
    ("comparisons", lambda x, y: (x < y) | (x >= y * 2) & ~(x == y) ^ (x != 0) | (x > 1) | (x <= -1), (V, V)),
    ("unary", lambda v: abs(-v) + +v, (V,)),
    ("ufunc of one", lambda v: np.exp(v) + np.tanh(v) + np.sign(v) + np.floor(v), (V,)),
    ("ufunc of two", lambda x, y: np.maximum(x, y) + np.hypot(x, y) + np.arctan2(x, y[0]), (V, V)),
    ("ufunc of three by clip", lambda x: np.clip(x, -0.5, 0.5), (M,)),
    ("ufunc of two results", lambda v: np.modf(v)[0] + np.frexp(v)[0], (V,)),
    ("numpy scalar first", lambda v: np.float64(2) * v + np.float32(0.5) - v, (V,)),
    ("ufunc where", lambda v: np.log(v * v + 1, where=v > 0, out=np.zeros_like(v)), (V,)),
    ("ufunc out", lambda v: np.add(v, 1, out=np.zeros_like(v)), (V,)),
    ("ufunc dtype", lambda v: np.add(v, 1, dtype=np.float32), (V,)),
    ("ufunc reduce", lambda m: np.add.reduce(m) + np.maximum.reduce(m, axis=0) * np.minimum.reduce(m, axis=0), (M,)),
    ("ufunc reduce all", lambda m: np.add.reduce(m, axis=None), (M,)),
    ("ufunc reduce mask", lambda m: np.add.reduce(m, axis=1, where=m > 0, initial=3), (M,)),
    ("ufunc accumulate", lambda m: np.add.accumulate(m) + np.maximum.accumulate(m, axis=1), (M,)),
    ("ufunc outer", lambda v, m: np.subtract.outer(v, m), (V, M)),
    ("ufunc outer static", lambda v: np.multiply.outer(v, TABLE), (V,)),
    ("heaviside", lambda v: np.heaviside(v, 0.5), (V,)),
    # Reductions.
    ("sum", lambda m: m.sum() + m.sum(axis=0) + np.sum(m, axis=-2), (M,)),
    ("sum keepdims", lambda m: m / m.sum(axis=1, keepdims=True) + m.sum(keepdims=True), (M,)),
    ("sum of axes", lambda t: t.sum(axis=(0, 2)) + np.sum(t, axis=(-3, -1)), (T3,)),
    ("sum dtype", lambda m: m.sum(axis=0, dtype=np.float32), (M,)),
    ("sum initial where", lambda m: np.sum(m, axis=1, initial=2.0, where=m > 0), (M,)),
    ("sum of scalar", lambda s: s.sum() + np.sum(s, axis=0) + s.max() + s.mean() + np.mean(s), (S,)),
    ("sum of bools", lambda v: (v > 0).sum(), (V,)),
    ("prod max min", lambda m: m.prod(axis=1) + m.max(axis=1) * m.min(-1) + np.amax(m) + np.amin(m), (M,)),
    ("max initial where", lambda m: np.max(m, axis=0, initial=-9.0, where=m < 1), (M,)),
    ("any all", lambda m: (m > 1).any(axis=0) ^ (m > -1).all(axis=0) ^ np.any(m > 2) ^ np.all(m), (M,)),
    ("mean", lambda m: m.mean() + m.mean(axis=0) + np.mean(m, axis=(0, 1)) + m.mean(0, keepdims=True)[0], (M,)),
    ("mean where", lambda m: np.mean(m, axis=0, where=np.abs(m) < 5), (M,)),
    ("mean of bools", lambda v: (v > 0).mean(), (V,)),
    ("std var", lambda m: m.std() + m.var(axis=0) + np.std(m, axis=0, ddof=1) + np.var(m, ddof=1), (M,)),
    ("var keepdims", lambda m: m - m.var(axis=1, keepdims=True), (M,)),
    ("argmax", lambda m: m.argmax() + m.argmax(axis=0) + np.argmin(m, axis=-2) + m.argmin(), (M,)),
    ("argmax keepdims", lambda m: np.argmax(m, axis=1, keepdims=True), (M,)),
    ("cumsum", lambda m: m.cumsum(axis=0) + np.cumprod(m, axis=1), (M,)),
    ("cumsum flat", lambda m: np.cumsum(m), (M,)),
    ("median", lambda m: np.median(m) + np.median(m, axis=0) + np.median(m, axis=(0, 1)), (M,)),
    ("quantile", lambda m: np.quantile(m, 0.3, axis=0) + np.percentile(m, 40), (M,)),
    ("quantiles", lambda m: np.quantile(m, [0.1, 0.5, 0.9], axis=1), (M,)),
    ("nan reductions", lambda m: np.nansum(m) + np.nanmean(m, axis=0) + np.nanmax(m, axis=0) - np.nanmin(m), (M,)),
    ("nan spread", lambda m: np.nanstd(m) + np.nanvar(m, axis=0) + np.nanmedian(m, axis=0) + np.nanprod(m), (M,)),
    ("nan arguments", lambda m: np.nanargmax(m, axis=1) + np.nanargmin(m), (M,)),
    ("count_nonzero", lambda m: np.count_nonzero(m > 0) + np.count_nonzero(m > 0, axis=0), (M,)),
    ("ptp", lambda m: np.ptp(m) + np.ptp(m, axis=0), (M,)),
    ("average", lambda m: np.average(m, axis=0) + np.average(m), (M,)),
    ("average weighted", lambda x, w: np.average(x, weights=w * w + 1), (V, V)),
    ("average along", lambda m: np.average(m, axis=1, weights=np.arange(1, 7)), (M,)),
    ("norm", lambda m: np.linalg.norm(m) + np.linalg.norm(m, axis=0) + np.linalg.norm(m, ord=1), (M,)),
    ("norm of vector", lambda v: v / np.linalg.norm(v) + np.linalg.norm(v, ord=np.inf), (V,)),
    ("norm keepdims", lambda m: m / np.linalg.norm(m, axis=1, keepdims=True) + np.linalg.norm(m, keepdims=True), (M,)),
    ("logaddexp", lambda x: np.logaddexp.reduce(x) + np.logaddexp(x, 1), (V,)),
    # Selecting.
    ("where", lambda x, y: np.where(x > y, x, 0.0) + np.where(x > 0, 1, y), (V, V)),
    ("where static condition", lambda x: np.where(np.arange(6) % 2 == 0, x, -x), (V,)),
    ("where scalar condition", lambda s, v: np.where(s > 0, v, -v), (S, V)),
    ("select", lambda x: np.select([x < -1, x > 1], [x * 2, x * x], default=0.0), (V,)),
    ("clip", lambda x, s: np.clip(x, -s * s, s * s) + x.clip(0) + np.clip(x, None, 1) + x.clip(max=0), (V, S)),
    ("choose", lambda v: np.choose((v > 0).astype(int), [v, v * 10]), (V,)),
    ("take", lambda m: np.take(m, [0, 2], axis=1) + m.take(np.array([1, 3]), axis=-1), (M,)),
    ("take flat", lambda m: np.take(m, [0, 5, 11]) + np.take(m, np.argsort(m, axis=None)[:3]), (M,)),
    ("take_along_axis", lambda m: np.take_along_axis(m, np.argsort(-m, axis=1), axis=1), (M,)),
    ("compress", lambda m: np.compress([True, False, True, True], m, axis=0), (M,)),
    ("isclose", lambda x, y: np.isclose(x, y, atol=0.5) ^ np.isclose(x, 0.0, atol=1), (V, V)),
    ("nan_to_num", lambda v: np.nan_to_num(np.log(v), nan=7.0, neginf=-5.0), (V,)),
    ("round", lambda v: np.round(v, 2) + v.round() + np.around(v, 1) + np.rint(v), (V,)),
    ("interp", lambda v: np.interp(v, TABLE, np.arange(9)), (V,)),
    ("digitize", lambda v: np.digitize(v, TABLE) + np.searchsorted(TABLE, v), (V,)),
    ("sinc", lambda v: np.sinc(v) + np.real(v) + np.imag(v) + v.real, (V,)),
    # Joining and splitting.
    ("concatenate", lambda x, m: np.concatenate([x, m[0], np.ones(2)]), (V, M)),
    ("concatenate axis", lambda m: np.concatenate([m, m * 2], axis=1) + np.concatenate((m, -m), axis=-1), (M,)),
    ("concatenate flat", lambda m, v: np.concatenate([m, v], axis=None), (M, V)),
    ("stack", lambda x, y: np.stack([x, y], axis=-1) + np.stack([y, x]).T, (V, V)),
    ("stack scalars", lambda s, t: np.stack([s, t, s * t]), (S, S)),
    ("hstack", lambda x, m: np.hstack([x, x]) + np.hstack([m, m])[0], (V, M)),
    ("hstack scalars", lambda s, v: np.hstack([s, v]), (S, V)),
    ("vstack", lambda x, m: np.vstack([x, m]), (V, M)),
    ("dstack column_stack", lambda x, y: np.dstack([x, y])[0] + np.column_stack([y, x]), (V, V)),
    ("append", lambda x, s: np.append(x, s), (V, S)),
    ("block", lambda m: np.block([[m, m * 2], [m - 1, np.ones((4, 6))]]), (M,)),
    ("split", lambda v: np.split(v, 2)[0] * np.split(v, [3])[1], (V,)),
    ("split axis", lambda m: np.split(m, 3, axis=1)[2] + np.hsplit(m, 3)[0] + np.array_split(m, 4, -1)[0], (M,)),
    ("array_split", lambda v: np.concatenate(np.array_split(v, 4)[::-1]), (V,)),
    ("vsplit", lambda m: np.vsplit(m, 2)[1], (M,)),
    ("unpacking", lambda t: (lambda a, b: a * b)(*t), (T3,)),
    # Shaping.
    ("reshape", lambda m: m.reshape(2, 12).T.reshape(-1) + np.reshape(m, (24,)) + m.reshape((-1,)), (M,)),
    ("reshape scalar", lambda s: s.reshape(1) + np.reshape(s, (1, 1)), (S,)),
    ("ravel flatten", lambda m: m.ravel() + m.flatten() + np.ravel(m), (M,)),
    ("transpose", lambda t: t.T + np.transpose(t) + t.transpose(2, 1, 0) + t.transpose((-1, -2, -3)), (T3,)),
    ("swapaxes", lambda t: t.swapaxes(0, 1) + np.swapaxes(t, -3, 1) + np.moveaxis(t, 0, 1), (T3,)),
    ("moveaxis", lambda t: np.moveaxis(t, [0, 1], [-1, 0]), (T3,)),
    ("rollaxis", lambda t: np.rollaxis(t, 2) + np.rollaxis(t, 0, 3).transpose(1, 2, 0), (T3,)),
    ("mT", lambda t: t.mT + np.matrix_transpose(t), (T3,)),
    ("squeeze", lambda v: np.squeeze(v[None, :, None]) + v[:, None].squeeze(axis=1) + v[None].squeeze(0), (V,)),
    ("expand_dims", lambda v: np.expand_dims(v, 0) * np.expand_dims(v, -1) + np.expand_dims(v, (0, 1))[0], (V,)),
    ("atleast", lambda s, v: np.atleast_1d(s) + np.atleast_2d(v)[0] + np.atleast_3d(v)[0, :, 0], (S, V)),
    ("broadcast_to", lambda v: np.broadcast_to(v, (3, 6)), (V,)),
    ("broadcast_arrays", lambda s, v: np.broadcast_arrays(s, v)[0] * v, (S, V)),
    ("flip", lambda m: np.flip(m) + np.flip(m, 0) + np.flipud(m) + np.fliplr(m) + np.flip(m, (0, -1)), (M,)),
    ("roll", lambda m: np.roll(m, 2) + np.roll(m, 1, axis=0) + np.roll(m, (1, 2), axis=(0, 1)), (M,)),
    ("rot90", lambda m: np.rot90(m), (M,)),
    ("tile", lambda v: np.tile(v, 2) + np.tile(v, (3, 2))[1], (V,)),
    ("repeat", lambda m: np.repeat(m, 2, axis=1) + m.repeat(2).reshape(4, 12), (M,)),
    ("repeat counts", lambda v: np.repeat(v, [1, 0, 2, 1, 1, 3]), (V,)),
    ("pad", lambda m: np.pad(m, 1) + np.pad(m, ((1, 1), (1, 1)), mode="edge"), (M,)),
    ("pad value", lambda v: np.pad(v, (2, 0), constant_values=5), (V,)),
    ("triangles", lambda m: np.triu(m) + np.tril(m, -1) * 2, (M,)),
    ("diag", lambda v, m: np.diag(v) @ np.diag(v, 1)[:6, :6] + np.diag(m)[0] + np.diag(m, 1)[0], (V, M)),
    ("diag below", lambda v: np.diag(v, -2), (V,)),
    ("diagonal", lambda t: np.diagonal(t, 0, 1, 2).sum(axis=-1) + t.diagonal(1, 0, 2).sum(), (T3,)),
    ("trace", lambda t: np.trace(t, axis1=1, axis2=2) + t[0].trace(), (T3,)),
    ("diff", lambda m: np.diff(m) + np.diff(m, n=1, axis=1), (M,)),
    ("trapezoid", lambda v: np.trapezoid(v) + np.trapezoid(v, np.arange(6) ** 2), (V,)),
    # Sorting.
    ("sort", lambda m: np.sort(m) + np.sort(m, axis=0) + np.sort(m, axis=None).reshape(4, 6), (M,)),
    ("argsort", lambda m: np.argsort(m) + m.argsort(axis=0) + np.argsort(-m, kind="stable"), (M,)),
    ("partition", lambda v: np.partition(v, 3)[3] + np.partition(v, -2)[-2:].min(), (V,)),
    ("argpartition", lambda v: v[np.argpartition(v, -1)[-1:]] + v[v.argpartition(2)[2]], (V,)),
    ("sort in place", lambda m: (lambda y: (y.sort(axis=0), y)[1])(m.copy()), (M,)),
    # Products.
    ("matmul static", lambda v, m: v @ W + (m @ W)[0] + np.matmul(m, W)[1], (V, M)),
    ("matmul static left", lambda v: W.T @ v + np.matmul(SQUARE, v)[:5], (V,)),
    ("matmul static left matrix", lambda m: W.T @ m.T, (M,)),
    ("matmul", lambda m, v: m @ v + np.matmul(v, m.T), (M, V)),
    ("matmul of vectors", lambda x, y: x @ y, (V, V)),
    ("matmul of matrices", lambda x, y: x @ y.T, (M, M)),
    ("matmul of stacks", lambda t, m: t @ t.swapaxes(1, 2) + m[:3, :4] @ t.mT, (T3, M)),
    ("matmul vector and stack", lambda t: t[0, 0] @ t.mT, (T3,)),
    ("matmul static stack", lambda v: np.stack([SQUARE, SQUARE.T]) @ v, (V,)),
    ("dot", lambda x, y, m: np.dot(x, y) + m.dot(x)[0] + x.dot(2.0)[0] + np.dot(m, y).sum(), (V, V, M)),
    ("dot of higher rank", lambda t, v: np.dot(v[:4], t.mT) + np.dot(t, v[:4]).T.sum(), (T3, V)),
    ("vdot inner", lambda x, m: np.vdot(x, x) + np.inner(x, m) + np.inner(m, x) + np.vdot(m, m), (V, M)),
    ("vecdot", lambda x, m: np.vecdot(x, m) + np.vecdot(m, m), (V, M)),
    ("outer", lambda x, y: np.outer(x, y) + np.outer(x, np.arange(6)), (V, V)),
    ("kron", lambda x, m: np.kron(m, x) + np.kron(x, m), (V, M)),
    ("tensordot", lambda t, m: np.tensordot(t, m[:3, :4], axes=2), (T3, M)),
    ("tensordot axes", lambda t, m: np.tensordot(t, m[:4, :2], ((2, 0), (0, 1))), (T3, M)),
    ("tensordot static", lambda t: np.tensordot(t, np.arange(12.0).reshape(4, 3), axes=1), (T3,)),
    ("einsum", lambda m, v: np.einsum("ij,j->i", m, v) + np.einsum("ij->i", m) + np.einsum("ij,ij", m, m), (M, V)),
    ("einsum static", lambda v: np.einsum("i,ij->j", v, W) + np.einsum("ij,i->j", W, v), (V,)),
    ("einsum implicit", lambda m: np.einsum("ji", m) + np.einsum("ij,kj->ik", m, m).sum(), (M,)),
    ("einsum of three", lambda m, v: np.einsum("ij,j,kj->ik", m, v, m), (M, V)),
    ("cross", lambda t: np.cross(t[:, :, 0], t[:, :, 1]), (T3,)),
    ("products in linalg", lambda m, v: np.linalg.outer(v, v) + np.linalg.vecdot(m, v).sum(), (M, V)),
    # Windows.
    ("windows", lambda m: sliding_window_view(m, 3, axis=1).sum(-1) + sliding_window_view(m, (4, 3))[0, 0, 0, 0], (M,)),
    ("convolve", lambda v: np.convolve(v, [1.0, 2.0, 4.0]) + np.convolve([1.0, 2.0, 4.0], v, "full"), (V,)),
    ("convolve same", lambda v: np.convolve(v, [1.0, 2.0, 4.0], "same") + np.convolve(v, np.ones(4), "same"), (V,)),
    ("convolve valid", lambda v, m: np.convolve(v, m[0, :3], "valid") + np.convolve(m[0, :3], v, "valid"), (V, M)),
    ("correlate", lambda v, m: np.correlate(v, m[0, :3]) + np.correlate(v, [1.0, 2.0, 3.0], "same")[:4], (V, M)),
    ("gradient", lambda v, m: np.gradient(v) + np.gradient(m, 0.5, axis=1), (V, M)),
    ("polyval", lambda v: np.polyval([1.0, -2.0, 3.0], v), (V,)),
    # Linear algebra.
    ("vector_norm", lambda m: np.linalg.vector_norm(m, axis=1, keepdims=True) + np.linalg.vector_norm(m, ord=1), (M,)),
    ("solve", lambda m, v: np.linalg.solve(m @ m.T + np.eye(4), v[:4]), (M, V)),
    ("solve matrix", lambda m: np.linalg.solve(m @ m.T + np.eye(4), m), (M,)),
    ("det inv", lambda m: np.linalg.inv(m @ m.T + np.eye(4)) + np.linalg.det(m[:, :4]), (M,)),
    ("cholesky eigvalsh", lambda m: np.linalg.cholesky(m @ m.T + np.eye(4)) + np.linalg.eigvalsh(m @ m.T), (M,)),
    ("slogdet svd", lambda m: np.linalg.slogdet(m[:, :4])[1] + np.linalg.svd(m, compute_uv=False), (M,)),
    ("qr", lambda m: np.abs(np.linalg.qr(m)[1]), (M,)),
    ("multi_dot", lambda m: np.linalg.multi_dot([m, m.T, m]), (M,)),
    ("fft", lambda v: np.abs(np.fft.rfft(v)) + np.fft.fft(v).real[:4], (V,)),
    # Creating.
    ("like", lambda m: np.zeros_like(m) + np.ones_like(m) * 2 + np.full_like(m, 3) + np.empty_like(m) * 0, (M,)),
    ("like with shape", lambda v, s: np.full_like(v, s) + np.zeros_like(v, shape=(6,)), (V, S)),
    ("copy astype", lambda v: v.copy() + np.copy(v) + v.astype(np.float32) + v.astype(int), (V,)),
    ("attributes", lambda t: t.sum() * t.ndim + t.shape[1] + t.size + len(t) + t.itemsize + t.nbytes, (T3,)),
    ("shape functions", lambda t: t.sum() + np.ndim(t) + np.shape(t)[0] + np.size(t, 1), (T3,)),
    ("iteration", lambda m: sum(row * i for i, row in enumerate(m)), (M,)),
    ("dtype dependent", lambda v: v / np.finfo(v.dtype).max + np.result_type(v, 1).itemsize, (V,)),
    ("isinstance", lambda v: v * 2 if isinstance(v, np.ndarray) else v, (V,)),
]  # fmt: skip


@pytest.mark.parametrize(("function", "shapes"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_a_rule_gives_what_the_loop_gives(function: Any, shapes: tuple[tuple[int, ...], ...]) -> None:
    assert_batched(function, values(1, *((7, *shape) for shape in shapes)), (7,))


@pytest.mark.parametrize(("function", "shapes"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_a_rule_with_arguments_that_vary_along_some_batch_axes(
    function: Any, shapes: tuple[tuple[int, ...], ...]
) -> None:
    batch = (3, 2, 4)
    arguments = []
    for position, array in enumerate(values(2, *((*batch, *shape) for shape in shapes))):
        if position % 2 == 0:
            array = np.broadcast_to(array[:, :1], array.shape)
        else:
            array = np.broadcast_to(array[:1], array.shape)
        arguments.append(array)
    assert_batched(function, arguments, batch)


@pytest.mark.skipif(not hasattr(np, "unstack"), reason="new in NumPy 2.1")
def test_unstack() -> None:
    assert_batched(lambda m: np.unstack(m, axis=1)[2], values(1, (7, *M)), (7,))


@pytest.mark.skipif(not hasattr(np, "matvec"), reason="new in NumPy 2.2")
def test_products_of_matrices_and_vectors() -> None:
    arguments = values(1, (7, *M), (7, *V))
    assert_batched(lambda m, v: np.matvec(m, v) + np.vecmat(v, m.T), arguments, (7,))


def test_no_rule_means_the_loop_and_a_reason() -> None:
    (x,) = values(3, (7, 6))
    batched = assert_batched(lambda v: np.histogram(v, 6)[0], [x], (7,), mode="loop")
    assert "histogram" in batched.reason


def test_numpy_scalars_and_python_numbers_promote_as_for_one_element() -> None:
    (x,) = values(4, (7, 6))
    single = x.astype(np.float32)
    assert_batched(lambda v: v * 2.0, [single], (7,))
    assert_batched(lambda v: v * np.float64(2), [single], (7,))
    assert_batched(lambda v: v * np.array(2.0), [single], (7,))
    assert_batched(lambda v: np.maximum(v, 0), [single], (7,))
    assert_batched(lambda v: np.where(v > 0, v, 0.0), [single], (7,))
    assert_batched(lambda v: v > 0, [single], (7,))
    integers = np.arange(7, dtype=np.int8)
    assert_batched(lambda n: n + 1, [integers], (7,))
    assert_batched(lambda n: n / 2, [integers], (7,))
    assert_batched(lambda n: n.sum(), [np.arange(21, dtype=np.int8).reshape(7, 3)], (7,))
