"""The command line: what a person who starts Hapax sees and is told."""

import os
import stat
import subprocess
import unittest

from server import BINARY, Server, StartError, batch, data_directory, event


class DataDirectoryTest(unittest.TestCase):
    def test_all_that_the_server_makes_is_for_its_user_alone(self):
        with data_directory() as parent:
            path = os.path.join(parent, "data")
            with Server(path) as server:
                server.post("/v1/batch", batch([event()]))
                server.stop()  # With a checkpoint, so that RocksDB has written every kind of file.
            modes = {path: self.mode(path)}
            for folder, folders, files in os.walk(path):
                modes |= {os.path.join(folder, name): self.mode(os.path.join(folder, name))
                          for name in folders + files}
            self.assertTrue(any("/state/" in name for name in modes), modes)
            for name, mode in modes.items():
                self.assertEqual(mode, 0o700 if os.path.isdir(name) else 0o600, name)

    @staticmethod
    def mode(path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_a_directory_that_everyone_may_read_is_said(self):
        with data_directory() as path:
            os.chmod(path, 0o755)
            with Server(path) as server:
                server.stop()
            self.assertIn("Every user of this machine may look into the data directory",
                          "".join(server.errors))


if __name__ == "__main__":
    unittest.main()
