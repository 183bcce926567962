"""Addresses of the agenda, under a language. The files answer both beside the page and under it."""

from django.urls import path

from . import views

app_name = "agenda"

urlpatterns = [
    path("<slug:slug>/agenda/", views.agenda_page, name="page"),
    path("<slug:slug>/agenda.ics", views.calendar, name="calendar"),
    path("<slug:slug>/agenda.json", views.agenda_json, name="json"),
    path("<slug:slug>/agenda.pdf", views.agenda_pdf, name="pdf"),
    path("<slug:slug>/agenda/versions/<int:number>/", views.version_page, name="version"),
    path("<slug:slug>/agenda/documents/<uuid:public_id>/", views.public_document, name="document"),
    path(
        "<slug:slug>/my/<str:token>/documents/<uuid:public_id>/", views.delegate_document, name="my_document"
    ),
    path("<slug:slug>/agenda/agenda.ics", views.calendar),
    path("<slug:slug>/agenda/agenda.json", views.agenda_json),
    path("<slug:slug>/agenda/agenda.pdf", views.agenda_pdf),
]
