# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2: the root disk of an instance is its image's, and one: a mapping of the root device says how it is made, and adds none."""
from __future__ import annotations

from typing import Any

from moto.ec2.models.instances import Instance

from . import patch
from .ec2_images import root_size

_EVERYWHERE = "/dev/sda1"  # moto's, whatever the image's root device is


@patch("ec2", "RunInstances", adds="an instance has one root volume, on its image's root device, which a mapping of that device makes otherwise",
       source="EC2 user guide, block-device-mapping-concepts; API_EbsBlockDevice")  # fmt: skip
def one_root_each() -> None:
    first_defaults, first_add = Instance.setup_defaults, Instance.add_block_device

    def defaults(self: Any) -> None:
        image = self.ec2_backend.amis.get(self.image_id)
        if not image or not image.root_device_name:
            return first_defaults(self)
        volume = self.ec2_backend.create_volume(size=root_size(image), zone_name=self._placement.zone, volume_type="gp3")
        self.ec2_backend.attach_volume(volume.id, self.id, image.root_device_name, True)

    def add(self: Any, size: int, device_path: str, snapshot_id: str | None, *rest: Any, **more: Any) -> None:
        image = self.ec2_backend.amis.get(self.image_id)
        root = image.root_device_name if image and image.root_device_name else _EVERYWHERE
        if device_path != root and root not in self.block_device_mapping:
            self.setup_defaults()
        elif device_path in self.block_device_mapping:
            volume = self.block_device_mapping[device_path].volume_id
            self.ec2_backend.detach_volume(volume, self.id, device_path)
            self.ec2_backend.delete_volume(volume)
        if device_path == root and image and not size and not snapshot_id:
            size = root_size(image)  # that of the image's snapshot
        first_add(self, size, device_path, snapshot_id, *rest, **more)

    Instance.setup_defaults, Instance.add_block_device = defaults, add
