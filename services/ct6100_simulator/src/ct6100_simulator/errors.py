"""What a caller of the control API can do wrong, and what can fail below the simulator."""


class SimulatorError(Exception):
    """Base of everything that this package raises."""


class UnknownSerialError(SimulatorError):
    """No terminal with this serial is played here."""

    def __init__(self, serial: str) -> None:
        super().__init__(serial)
        self.serial = serial


class KeyNotShownError(SimulatorError):
    """The key is not on the glass; `keys` are."""

    def __init__(self, key: str, screen: str, keys: tuple[str, ...]) -> None:
        super().__init__(f"{key} is not on {screen}")
        self.key = key
        self.screen = screen
        self.keys = keys


class NotTakenError(SimulatorError):
    """The terminal beeps: it has no use for this on the screen that it shows (`reason`)."""

    def __init__(self, reason: str, screen: str) -> None:
        super().__init__(f"{reason} on {screen}")
        self.reason = reason
        self.screen = screen


class PoweredOffError(SimulatorError):
    """The terminal is switched off: nothing on it answers."""


class UnknownFaultError(SimulatorError):
    """There is no such fault; `known` are the names of those there are."""

    def __init__(self, fault: str, known: tuple[str, ...]) -> None:
        super().__init__(fault)
        self.fault = fault
        self.known = known


class FaultParameterError(SimulatorError):
    """The fault needs this parameter."""

    def __init__(self, fault: str, parameter: str) -> None:
        super().__init__(f"{fault} needs {parameter}")
        self.fault = fault
        self.parameter = parameter


class DiskFailedError(SimulatorError):
    """The simulator's disk did not take a write: nothing that depends on it may go on."""
