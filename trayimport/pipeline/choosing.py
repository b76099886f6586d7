"""Of a service version's environments, the one that is meant."""

from collections.abc import Sequence

from trayimport.codes import run as codes
from trayimport.core.spec import Mapping
from trayimport.errors import ConfigurationError
from trayimport.model import Environment


def choose(mapping: Mapping, environments: Sequence[Environment]) -> Environment:
    """The environment that a mapping names, or the only one. Raises ConfigurationError with what there is."""
    service = mapping.service
    return named(
        environments, service.environment, by_id=service.environment_is_id, place=f"{service.place('environment')}: "
    )


def named(
    environments: Sequence[Environment],
    wanted: str | None,
    *,
    by_id: bool = False,
    place: str = "",
    setting: str = "service.environment",
    remedy: str | None = None,
) -> Environment:
    """The environment of this title or id, or the only one. Raises ConfigurationError with what there is.

    `setting` is what names it for people, `place` where that stands.
    """
    titles = ", ".join(environment.title for environment in environments) or "none"
    if wanted is None:
        if len(environments) == 1:
            return environments[0]
        message = f"{place}{setting} is needed, as there are {len(environments)}: {titles}"
        raise ConfigurationError(codes.UNKNOWN_ENVIRONMENT, message, remedy)
    found = [one for one in environments if (one.id if by_id else one.title) == wanted]
    if by_id and not found and len(environments) == 1 and environments[0].id is None:
        return environments[0]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        message = f"{place}{len(found)} environments are called {wanted}; give the id of one instead"
        raise ConfigurationError(codes.UNKNOWN_ENVIRONMENT, message, remedy)
    message = f"{place}no environment {wanted}; there are: {titles}"
    raise ConfigurationError(codes.UNKNOWN_ENVIRONMENT, message, remedy)
