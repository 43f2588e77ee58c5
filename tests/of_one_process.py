"""What has a process sum and join its own numbers alone; it imports no more than the processes that are told to have."""

import torch

from ganloss_torch._devices import Devices

WHOLE = vars(Devices)["joined"], vars(Devices)["summed"]


def local(rank):
    """In a process: sums and rows of its own alone, where it has any."""
    joined, _ = WHOLE

    def own(self, arrays):
        every, of_own = joined(self, arrays)
        given = [x for x in arrays if isinstance(x, torch.Tensor)]
        if all(map(len, given)):
            return list(arrays), [lambda x: x for _ in arrays]
        # What depends on nobody's logits but is differentiated as the others' is.
        nothing = 0.0 * sum(x.sum() for x in given if x.is_floating_point())
        return [x.detach() + nothing if isinstance(x, torch.Tensor) and x.is_floating_point() else x for x in every], of_own

    Devices.joined, Devices.summed = own, lambda self, numbers: list(numbers)


def whole(rank):
    Devices.joined, Devices.summed = WHOLE
