"""A mail as it goes over the wire (RFC 5322): headers, plain text and HTML."""

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from booking_core.domain.messages import Mail
from booking_core.errors import InvalidRequest, MailRefused

# Names and subjects may have to be encoded; addresses beyond ASCII need SMTPUTF8 on the way.
_POLICY = SMTP.clone(max_line_length=200)
# What the parser of addresses raises at some that are none.
_NO_ADDRESS = (ValueError, IndexError, AttributeError, MessageError)


def address_of(text: str) -> Address:
    """`someone@example.org`, or `Name <someone@example.org>`, to send from.

    Raises InvalidRequest.
    """
    name, bracket, rest = text.rpartition("<")
    try:
        return Address(name.strip(), addr_spec=rest.removesuffix(">") if bracket else text)
    except _NO_ADDRESS as error:
        raise InvalidRequest(f"{text!r} is no address to send from.", field="sender") from error


def composed(mail: Mail, sender: Address) -> EmailMessage:
    """The message, the same whenever it is composed but for the boundary between its parts.

    Raises MailRefused where the recipient's address is none.
    """
    message = EmailMessage(_POLICY)
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Date"] = format_datetime(mail.written_at)
    message["From"] = sender
    message["To"] = _recipient(mail)
    message["Subject"] = mail.subject
    # RFC 3834: nobody's out-of-office answers this.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _recipient(mail: Mail) -> Address:
    try:
        given = Address(mail.name, addr_spec=mail.address)
        # Every mail server knows a domain by its ASCII form alone.
        return Address(given.display_name, given.username, given.domain.encode("idna").decode())
    except _NO_ADDRESS as error:
        raise MailRefused("The recipient's address cannot be used.") from error
