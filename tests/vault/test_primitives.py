"""A ciphertext opens whole, in its place, under its key, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vault import primitives
from app.vault.errors import Unreadable

KEY = primitives.cipher(bytes(range(32)))
BUCKETS = st.sampled_from([64, 256])


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_sealed_opens(plaintext, context):
    blob = primitives.seal(KEY, plaintext, context)
    assert primitives.open_sealed(KEY, blob, context) == plaintext
    assert len(blob) == len(plaintext) + primitives.OVERHEAD


def test_two_ciphertexts_of_one_text_differ():
    assert primitives.seal(KEY, b"Rousseau", b"") != primitives.seal(KEY, b"Rousseau", b"")


def test_a_bit_flipped_at_any_place_is_refused():
    blob = primitives.seal(KEY, b"Lina Rousseau", b"here")
    for position in range(len(blob)):
        for bit in range(8):
            altered = bytearray(blob)
            altered[position] ^= 1 << bit
            with pytest.raises(Unreadable):
                primitives.open_sealed(KEY, bytes(altered), b"here")


def test_a_truncated_or_lengthened_ciphertext_is_refused():
    blob = primitives.seal(KEY, b"Lina Rousseau", b"here")
    for wrong in [blob[:length] for length in range(len(blob))] + [blob[1:], blob + b"\0", blob + blob]:
        with pytest.raises(Unreadable):
            primitives.open_sealed(KEY, wrong, b"here")


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_two_contexts_never_give_the_same_bytes(left, right):
    assert (primitives.associated(*left) == primitives.associated(*right)) == (left == right)


@given(st.binary(max_size=600), BUCKETS)
def test_padding_gives_back_what_it_was_given(content, bucket):
    padded = primitives.pad(content, bucket)
    assert len(padded) % bucket == 0
    assert primitives.unpad(padded, bucket) == content


@given(BUCKETS, st.data())
def test_padding_hides_every_length_inside_a_bucket(bucket, data):
    lengths = st.integers(min_value=0, max_value=bucket - 4)
    one, other = data.draw(lengths), data.draw(lengths)
    assert len(primitives.pad(bytes(one), bucket)) == len(primitives.pad(bytes(other), bucket))


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0\0\0",
        b"\xff\xff\xff\xff" + bytes(60),
        b"\0\0\0\x01a" + bytes(58) + b"\x01",
        b"\0\0\0\x01a" + bytes(59 + 64),
    ],
    ids=["empty", "cut", "too long", "filled", "a bucket too many"],
)
def test_what_padding_cannot_have_made_is_refused(padded):
    with pytest.raises(Unreadable):
        primitives.unpad(padded, 64)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(Unreadable):
        primitives.cipher(bytes(length))
