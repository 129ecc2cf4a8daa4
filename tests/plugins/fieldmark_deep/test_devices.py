"""Which device and which precision a network runs with."""

import pytest
import torch

from fieldmark.errors import UserError
from fieldmark_deep.devices import choose_device, choose_precision, in_words

CPU = torch.device("cpu")
no_card = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card here")


def test_the_processor_is_always_there() -> None:
    """`cpu` is the processor."""
    assert choose_device("cpu") == CPU


@no_card
@pytest.mark.skipif(torch.mps.is_available(), reason="there is Apple's graphics part here")
def test_auto_falls_back_on_the_processor() -> None:
    """Without a graphics card, `auto` is the processor."""
    assert choose_device("auto") == CPU


@no_card
@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_a_card_that_is_not_there_is_refused(name: str) -> None:
    """A graphics card that was asked for and is missing is one sentence with what to type."""
    with pytest.raises(UserError, match=f"{name} was asked for.*--device cpu"):
        choose_device(name)


@pytest.mark.gpu
def test_a_card_too_many_is_refused() -> None:
    """The number of a card must be one of those here."""
    with pytest.raises(UserError, match="cuda:99 was asked for, but the cards here are cuda:0"):
        choose_device("cuda:99")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x"])
def test_a_name_that_means_nothing_is_refused(name: str) -> None:
    """A word that is no device lists those that are."""
    with pytest.raises(UserError, match="write auto, cpu, cuda, cuda:1 or mps"):
        choose_device(name)


def test_a_device_of_torch_that_cannot_compute_here_is_refused() -> None:
    """Devices that torch has words for, and we have no use for, are refused."""
    with pytest.raises(UserError, match="meta was asked for"):
        choose_device("meta")


def test_precision_is_as_written() -> None:
    """A precision that was asked for is taken, whatever the hardware."""
    assert choose_precision("float32", CPU) is torch.float32
    assert choose_precision("bfloat16", CPU) is torch.bfloat16


def test_auto_takes_bfloat16_only_where_it_is_built_in() -> None:
    """`auto` follows what the processor says of itself."""
    can = torch.cpu.get_capabilities()
    expected = torch.bfloat16 if can.get("amx_bf16") or can.get("avx512_bf16") else torch.float32
    assert choose_precision("auto", CPU) is expected


def test_the_device_is_said_in_words() -> None:
    """The sentence names the processor, its threads and the precision."""
    threads = torch.get_num_threads()
    what = f"{threads} thread" + ("s" if threads > 1 else "")
    assert in_words(CPU, torch.float32) == f"runs on the processor, {what}, in float32"
