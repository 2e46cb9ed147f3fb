"""What a caller of the control API can do wrong, and what can fail below the simulator."""


class SimulatorError(Exception):
    """Base of everything that this package raises."""


class UnknownSerialError(SimulatorError):
    """No terminal with this serial is played here."""

    def __init__(self, serial: str) -> None:
        super().__init__(serial)
        self.serial = serial


class UnknownPrinterError(SimulatorError):
    """No receipt printer of this name is played here."""

    def __init__(self, printer: str) -> None:
        super().__init__(printer)
        self.printer = printer


class UnknownPieceError(SimulatorError):
    """The printer has no such piece of paper, or not any more."""

    def __init__(self, printer: str, number: int) -> None:
        super().__init__(f"{printer} {number}")
        self.printer = printer
        self.number = number


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
    """Something is wrong with this parameter of a fault.

    `wrong`: it is `missing`, `invalid` (`allowed` tells what it may be), or `unknown` to this fault
    (`allowed` lists those that it takes).
    """

    def __init__(self, fault: str, parameter: str, wrong: str, allowed: str) -> None:
        super().__init__(f"{parameter} of {fault} is {wrong}")
        self.fault = fault
        self.parameter = parameter
        self.wrong = wrong
        self.allowed = allowed


class NotIncompleteError(SimulatorError):
    """The journal has no 処理未了 under this slip number."""

    def __init__(self, slip_number: str) -> None:
        super().__init__(slip_number)
        self.slip_number = slip_number


class DiskFailedError(SimulatorError):
    """The simulator's disk did not take a write: nothing that depends on it may go on."""
