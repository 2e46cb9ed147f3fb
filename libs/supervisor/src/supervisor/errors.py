"""What can go wrong on the machine around the services, told to the person who starts it."""


class SupervisorError(Exception):
    """Something outside the code keeps the system from running; `str()` says what to do."""


class ProgramMissingError(SupervisorError):
    """A server's program is not where its wheel should have put it."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(f"{program} is missing: the package {package} is not installed completely")
        self.program = program
        self.package = package


class ServerFailedError(SupervisorError):
    """A server or one of its tools ended when it should not; `output` is what it last said."""

    def __init__(self, program: str, output: str) -> None:
        super().__init__(f"{program} failed:\n{output.strip()}")
        self.program = program
        self.output = output


class DatabaseLostError(SupervisorError):
    """The data folder says where its database lives, and there is nothing there."""

    def __init__(self, pointer: str, place: str) -> None:
        super().__init__(
            f"{pointer} says that the database lives in {place}, which is gone. "
            f"Bring it back, or remove the data folder to begin anew."
        )
        self.place = place


class AddressTakenError(SupervisorError):
    """A port that was asked for by number is held by somebody else."""

    def __init__(self, variable: str, port: int, holder: str) -> None:
        super().__init__(
            f"port {port} is held by {holder}. Stop it, or choose another one with {variable}=..."
        )
        self.port = port


class AlreadyRunningError(SupervisorError):
    """Another supervisor works on the same data folder."""

    def __init__(self, folder: str, pid: int, address: str) -> None:
        where = f", at {address}" if address else ""
        super().__init__(f"Renkei runs already on {folder}: process {pid}{where}.")
        self.pid = pid


class ConfigurationError(SupervisorError):
    """The environment asks for something impossible."""
