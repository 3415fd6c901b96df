"""Sends to Telegram, with failures in one form."""

from __future__ import annotations

from typing import Any

from aiogram.bot.api import TelegramAPIServer
from aiogram.utils import exceptions
from rasa.core.channels.telegram import TelegramOutput

from bot.channels.messaging.delivery import DeliveryError


class TelegramSender(TelegramOutput):
    """Rasa's Telegram client, at a configurable address and with failures in one form."""

    def __init__(self, token: str, api_url: str, timeout: float) -> None:
        super().__init__(token)
        self.server = TelegramAPIServer.from_base(api_url)
        self.timeout = timeout

    async def call(self, method: str, **arguments: Any) -> Any:
        """One method of the Bot API; raises DeliveryError."""
        try:
            return await self.request(method, arguments)
        except exceptions.RetryAfter as error:
            raise DeliveryError(429, float(error.timeout)) from None
        except (exceptions.NetworkError, exceptions.RestartingTelegram):
            raise DeliveryError(None) from None
        except exceptions.Unauthorized:
            raise DeliveryError(403) from None
        except (
            exceptions.BadRequest,
            exceptions.NotFound,
            exceptions.ConflictError,
            exceptions.MigrateToChat,
        ):
            raise DeliveryError(400) from None
        except exceptions.TelegramAPIError:
            raise DeliveryError(500) from None
