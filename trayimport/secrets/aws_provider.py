"""`{aws_secret: name#field}`, by boto3."""

import json

from trayimport.codes import record as codes
from trayimport.errors import ConfigurationError
from trayimport.model import Json
from trayimport.secrets.place import Place


def read(argument: Json, _place: Place) -> str:
    """A secret of AWS Secrets Manager, or a field of it. Raises ConfigurationError."""
    try:
        import boto3  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(codes.NO_PROVIDER, "aws_secret: pip install 'trayimport[aws]'") from None
    name, _, field = str(argument).partition("#")
    try:
        text = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
        value = json.loads(text)[field] if field else text
    except Exception:  # noqa: BLE001 - the client's errors may quote answers
        raise ConfigurationError(codes.NO_SECRET, f"aws_secret: {name} can't be read") from None
    return str(value)
