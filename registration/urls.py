"""Addresses of the public pages and of the delegate's own, all under their language."""

from django.urls import path

from .views import (
    delegate,
    delegation,
    letters,
    my_page,
    my_workshop,
    new_address,
    own_data,
    own_link,
    participants,
    passport,
    practical,
    public,
    ticket_name,
)
from .views.registering import after_sending, drafts, register

app_name = "registration"
urlpatterns = [
    path("", public.workshops, name="workshops"),
    path("privacy/", public.privacy, name="privacy"),
    path("<slug:slug>/", public.landing, name="landing"),
    path("<slug:slug>/background/", practical.background, name="background"),
    path("<slug:slug>/practical.pdf", practical.public_pdf, name="practical"),
    path("<slug:slug>/my/<str:token>/practical.pdf", practical.my_pdf, name="my_practical"),
    path("<slug:slug>/register/", register.register, name="register"),
    path("<slug:slug>/register/done/", after_sending.registered, name="registered"),
    path("<slug:slug>/register/done/address/", new_address.wrong_address, name="wrong_address"),
    path("<slug:slug>/register/saved/", after_sending.saved, name="saved"),
    path("<slug:slug>/register/continue/<str:token>/", drafts.draft, name="draft"),
    path("<slug:slug>/link/", own_link.link, name="link"),
    path("<slug:slug>/link/sent/", own_link.link_sent, name="link_sent"),
    path("<slug:slug>/my/<str:token>/", my_page.my, name="my"),
    path("<slug:slug>/my/<str:token>/workshop/", my_workshop.my_workshop, name="my_workshop"),
    path("<slug:slug>/my/<str:token>/workshop/worker.js", my_workshop.worker, name="my_workshop_worker"),
    path("<slug:slug>/address/<str:token>/", new_address.new_address, name="new_address"),
    path("<slug:slug>/my/<str:token>/confirm/", delegate.confirm, name="confirm"),
    path("<slug:slug>/my/<str:token>/seat/", delegate.take_seat, name="take_seat"),
    path("<slug:slug>/my/<str:token>/edit/", delegate.edit, name="edit"),
    path("<slug:slug>/my/<str:token>/passport/", passport.passport, name="passport"),
    path("<slug:slug>/my/<str:token>/ticket-name/", ticket_name.confirm_name, name="ticket_name"),
    path("<slug:slug>/my/<str:token>/data/", own_data.download, name="own_data"),
    path("<slug:slug>/my/<str:token>/participants.pdf", participants.participants, name="participants"),
    path("<slug:slug>/my/<str:token>/participants/", participants.listed, name="listed"),
    path("<slug:slug>/my/<str:token>/withdraw/", own_data.withdraw, name="withdraw"),
    path("<slug:slug>/withdrawn/", own_data.withdrawn, name="withdrawn"),
    path("<slug:slug>/my/<str:token>/cancel/", delegate.cancel, name="cancel"),
    path("<slug:slug>/delegation/<str:token>/", delegation.overview, name="delegation"),
    path("<slug:slug>/delegation/<str:token>/register/", delegation.register, name="delegation_register"),
    path("<slug:slug>/delegation/<str:token>/nominate/", delegation.nominate, name="delegation_nominate"),
    path(
        "<slug:slug>/delegation/<str:token>/head/<uuid:public_id>/", delegation.head, name="delegation_head"
    ),
    path(
        "<slug:slug>/delegation/<str:token>/replace/<uuid:public_id>/",
        delegation.replace,
        name="delegation_replace",
    ),
    path(
        "<slug:slug>/delegation/<str:token>/withdraw/<uuid:public_id>/",
        delegation.withdraw,
        name="delegation_withdraw",
    ),
    path("<slug:slug>/nomination/<str:token>/", delegation.nomination, name="nomination"),
    path("<slug:slug>/my/<str:token>/letter.pdf", letters.letter_pdf, name="letter"),
    path("<slug:slug>/my/<str:token>/sealed.pdf", letters.sealed_pdf, name="sealed"),
    path("<slug:slug>/my/<str:token>/visa-letter.pdf", letters.visa_letter_pdf, name="visa_letter"),
    path("<slug:slug>/my/<str:token>/sign/", letters.sign, name="sign"),
]
